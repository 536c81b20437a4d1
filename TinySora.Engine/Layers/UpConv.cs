using TinySora.Engine.Compute;
using TinySora.Engine.Compute.Native.Operations;
using TinySora.Engine.Interop.Onnx;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace TinySora.Engine.Layers;

/// <summary>
/// PyTorch's ConvTranspose3d, and its ConvTranspose2d of every frame. An axis is doubled (kernel 4, stride 2, padding 1) or keeps its
/// length (stride 1).
/// </summary>
/// <remarks>
/// Each output position of a doubled axis sees two input positions, and which taps meet them depends only on whether it is even: so one
/// convolution with two taps computes both kinds, and their interleaving is the result. So the kernel of convolutions serves here, too.
/// </remarks>
public sealed class UpConv : nn.Module<Tensor, Tensor>, IGraphLayer
{
    /// <summary>The kernel, stride and padding that double an axis.</summary>
    public static readonly Axis Double = new(4, 2, 1, 1);

    private readonly Parameter weight;
    private readonly Parameter bias;
    private readonly Axis _time;
    private readonly Axis _space;
    private readonly bool _isFlat;

    /// <summary>Doubles height and width of each frame by itself.</summary>
    public UpConv(long channels)
        : this(channels, channels, Axis.Single, Double)
    {
    }

    /// <param name="time"><see cref="Double"/>, or an axis of stride 1 whose padding is that of the input.</param>
    /// <param name="space">The same of height and width.</param>
    /// <param name="isFlat">The weight is that of a ConvTranspose2d; takes a single <paramref name="time"/>.</param>
    public UpConv(long inputs, long outputs, Axis time, Axis space, bool isFlat = false)
        : base(nameof(UpConv))
    {
        var fanIn = outputs * time.Kernel * space.Kernel * space.Kernel; // as PyTorch counts it
        weight = Initial.ChannelsLast(Initial.Uniform(fanIn, inputs, outputs, time.Kernel, space.Kernel, space.Kernel), isFlat, axis: 0);
        bias = Initial.Uniform(fanIn, outputs);
        (_time, _space, _isFlat) = (time, space, isFlat);
        RegisterComponents();
    }

    private int Phases => (int)(_time.Stride * _space.Stride * _space.Stride);

    /// <param name="input">(B, F, H, W, inputs).</param>
    /// <returns>(B, F', H', W', outputs).</returns>
    public override Tensor forward(Tensor input)
    {
        FlopCounter.Product(weight, input);
        var x = TimeWindows.Of(Precision.Narrow(input), _time.Stride == 2 ? new Axis(2, 1, 1, 1) : _time);
        if (_space.Stride == 1)
        {
            x = nn.functional.pad(x, [0, 0, _space.Before, _space.After, _space.Before, _space.After]);
        }

        var padding = _space.Stride == 2 ? 1 : 0;
        var (taps, shift) = (Precision.Made(weight, Taps), Precision.Made(bias, b => b.repeat(Phases)));
        var phases = Kernels.CanConvolve(x, taps, stride: 1, padding)
            ? Kernels.Convolve(x, taps, shift, padding)
            : Frames.Map(x, frames => nn.functional.conv2d(frames, Precision.Narrow(taps), Precision.Narrow(shift), padding: [padding, padding]));
        return Interleaved.Of(phases.unflatten(4, _time.Stride, _space.Stride, _space.Stride, bias.shape[0])); // (B, F'', H'', W'', t, h, w, C)
    }

    public OnnxTensor forward(OnnxTensor input) => GraphConv.Write(
        input, "ConvTranspose", input.Graph.Weight(weight), input.Graph.Weight(bias), OfOutput(_time), OfOutput(_space), bias.shape[0]);

    /// <summary>An axis of stride 1 with the padding that ConvTranspose counts: what it leaves out of all that the taps reach.</summary>
    private static Axis OfOutput(Axis axis) =>
        axis.Stride == 2 ? axis : axis with { Before = axis.Kernel - 1 - axis.Before, After = axis.Kernel - 1 - axis.After };

    /// <summary>
    /// The weight as that of an ordinary convolution. On a doubled axis taps 3 and 1 make the even positions, and taps 2 and 0 the odd ones; on
    /// another axis all taps are used, in reverse order.
    /// </summary>
    /// <param name="weight">(i, o, t, h, w) or (i, o, h, w), in memory with the inputs last: the order in which it and its gradient are worked on.</param>
    /// <returns>(phases·o, t'·i, h', w'), channels last in memory.</returns>
    private Tensor Taps(Tensor weight)
    {
        var (i, o) = (weight.shape[0], weight.shape[1]);
        var taps = (_isFlat ? weight.unsqueeze(2) : weight).permute(1, 2, 3, 4, 0).flip(1, 2, 3);    // (o, t, h, w, i)
        var (t, s) = (_time.Stride, _space.Stride);
        var (kt, ks) = (_time.Kernel / t, _space.Kernel / s);
        return taps.reshape(o, kt, t, ks, s, ks, s, i).permute(2, 4, 6, 0, 3, 5, 1, 7)
            .reshape(Phases * o, ks, ks, kt * i).permute(0, 3, 1, 2);
    }
}
