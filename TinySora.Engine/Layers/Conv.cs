using TinySora.Engine.Compute;
using TinySora.Engine.Compute.Native.Operations;
using TinySora.Engine.Interop.Onnx;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace TinySora.Engine.Layers;

/// <summary>
/// PyTorch's Conv3d, and its Conv2d of every frame, computed as 2-D convolutions: the frames that a kernel sees in time are its input
/// channels side by side. Channels come last throughout a network, which is the layout that convolution kernels are fastest in, makes a
/// 1 x 1 convolution a linear layer, and lets attention and norms see contiguous features. The weight has the layer's shape, (o, i, t, h, w)
/// or (o, i, h, w), but lies in memory as (o, h, w, t, i), so that no step has to rearrange it.
/// </summary>
public sealed class Conv : nn.Module<Tensor, Tensor>, IGraphLayer
{
    private readonly Parameter weight;
    private readonly Parameter? bias;
    private readonly Axis _time;
    private readonly Axis _space;
    private readonly bool _isFlat;

    /// <summary>Creates a convolution of each frame by itself.</summary>
    public Conv(long inputs, long outputs, long kernel, long stride = 1, long padding = 0)
        : this(inputs, outputs, Axis.Single, Axis.Symmetric(kernel, stride, padding))
    {
    }

    /// <param name="space">Along height and width.</param>
    /// <param name="isFlat">The weight is that of a Conv2d; takes a single <paramref name="time"/>.</param>
    public Conv(long inputs, long outputs, Axis time, Axis space, bool hasBias = true, bool isFlat = false)
        : base(nameof(Conv))
    {
        var fanIn = inputs * time.Kernel * space.Kernel * space.Kernel;
        weight = Initial.ChannelsLast(Initial.Uniform(fanIn, outputs, inputs, time.Kernel, space.Kernel, space.Kernel), isFlat);
        bias = hasBias ? Initial.Uniform(fanIn, outputs) : null;
        (_time, _space, _isFlat) = (time, space, isFlat);
        RegisterComponents();
    }

    /// <param name="input">(B, F, H, W, inputs).</param>
    /// <returns>(B, F', H', W', outputs).</returns>
    public override Tensor forward(Tensor input)
    {
        if (_time == Axis.Single && _space == Axis.Single)
        {
            return Linear.Product(input, weight, bias);
        }

        if (IsOfFewOutputs)
        {
            return FlopCounter.Product(weight, SumInTime(InSpace(Precision.Narrow(input), TapsOfOutputs, offset: null)));
        }

        var x = TimeWindows.Of(Precision.Narrow(input), _time);
        if (_space == UpConv.Double && Kernels.CanConvolveBlocks(x, weight.shape[0]))
        {
            return FlopCounter.Product(weight, Kernels.Convolve(
                Blocks(x), Precision.Made(weight, w => BlockTaps(Taps(w))), bias ?? zeros([weight.shape[0]], ScalarType.Float32), padding: 0));
        }

        return FlopCounter.Product(weight, InSpace(x, Taps, bias));
    }

    public OnnxTensor forward(OnnxTensor input) => _time == Axis.Single && _space == Axis.Single
        ? Linear.Product(input, weight, bias)
        : GraphConv.Write(input, "Conv", input.Graph.Weight(weight), bias is null ? null : input.Graph.Weight(bias), _time, _space, weight.shape[0]);

    /// <summary>
    /// Where far fewer channels come out than go in, each frame is convolved once for each of the frames around it, and what comes out, not what
    /// goes in, is what lies in memory as often as the kernel has frames.
    /// </summary>
    private bool IsOfFewOutputs =>
        _time.Kernel > 1 && _time.Stride == 1 && _time.Before + _time.After == _time.Kernel - 1 && _time.Kernel * weight.shape[0] <= weight.shape[1];

    /// <summary>The convolution of each frame by itself.</summary>
    /// <param name="arrange">Makes of the weight (o', i', h, w).</param>
    private Tensor InSpace(Tensor x, Func<Tensor, Tensor> arrange, Parameter? offset)
    {
        var padding = _space.IsSymmetric ? _space.Before : 0;
        x = _space.IsSymmetric ? x : nn.functional.pad(x, [0, 0, _space.Before, _space.After, _space.Before, _space.After]);
        var taps = Precision.Made(weight, w => arrange(w));
        return Kernels.CanConvolve(x, taps, _space.Stride, padding)
            ? Kernels.Convolve(x, taps, offset ?? zeros([taps.shape[0]], ScalarType.Float32), padding)
            : Frames.Map(x, frames => nn.functional.conv2d(
                frames, Precision.Weight(weight, arrange), offset is null ? null : Precision.Weight(offset),
                [_space.Stride, _space.Stride], [padding, padding]));
    }

    /// <param name="parts">(B, F, H, W, t·o): what each frame gives to those around it.</param>
    /// <returns>(B, F, H, W, o), with the bias.</returns>
    private Tensor SumInTime(Tensor parts)
    {
        var (frames, outputs) = (parts.shape[1], weight.shape[0]);
        var padded = nn.functional.pad(parts, [0, 0, 0, 0, 0, 0, _time.Before, _time.After]);
        var sum = Enumerable.Range(0, (int)_time.Kernel)
            .Select(tap => padded.narrow(1, tap, frames).narrow(4, tap * outputs, outputs)).Aggregate((a, b) => a + b);
        return bias is null ? sum : sum + Precision.Narrow(bias);
    }

    /// <summary>Squares of 2 x 2 pixels as channels of one: what 4 x 4 taps see in steps of two is two by two of them.</summary>
    /// <param name="x">(B, F, H, W, C).</param>
    /// <returns>(B, F, H/2 + 1, W/2 + 1, 4C).</returns>
    private static Tensor Blocks(Tensor x)
    {
        var (h, w) = ((x.shape[2] / 2) + 1, (x.shape[3] / 2) + 1);
        return nn.functional.pad(x, [0, 0, 1, 1, 1, 1]).unflatten(2, h, 2).unflatten(4, w, 2).transpose(3, 4).flatten(4, 6);
    }

    /// <param name="taps">(o, i, 4, 4).</param>
    /// <returns>(o, 4i, 2, 2), channels last in memory.</returns>
    private static Tensor BlockTaps(Tensor taps) =>
        taps.permute(0, 2, 3, 1).unflatten(1, 2, 2).unflatten(3, 2, 2).transpose(2, 3).flatten(3, 5).permute(0, 3, 1, 2);

    /// <returns>(t·o, i, h, w), channels last in memory.</returns>
    private static Tensor TapsOfOutputs(Tensor weight) => weight.permute(2, 0, 3, 4, 1).flatten(0, 1).permute(0, 3, 1, 2);

    /// <returns>(o, t·i, h, w), a view, channels last in memory.</returns>
    private Tensor Taps(Tensor weight) => _isFlat ? weight : weight.permute(0, 3, 4, 2, 1).flatten(3, 4).permute(0, 3, 1, 2);
}
