using Parameter = TorchSharp.Modules.Parameter;

namespace TinySora.Engine.Layers;

/// <summary>
/// PyTorch's ConvTranspose3d, or its ConvTranspose2d applied to each frame. Each axis is doubled in length (kernel 4, stride 2, padding 1), or keeps its length
/// (stride 1).
/// </summary>
public sealed class UpConv : Layer
{
    public static readonly Axis Double = new(4, 2, 1, 1);

    private readonly Parameter weight;
    private readonly Parameter bias;
    private readonly Axis _time;
    private readonly Axis _space;

    /// <summary>Creates a layer that doubles the height and width of each frame.</summary>
    public UpConv(long channels)
        : this(channels, channels, Axis.Single, Double)
    {
    }

    /// <param name="time">Time axis: <see cref="Double"/>, or an axis with stride 1 and the padding of its input.</param>
    /// <param name="space">Axis for height and width, with the same two choices.</param>
    /// <param name="isFlat">
    /// Whether the weight has the shape of a ConvTranspose2d's weight, which requires that <paramref name="time"/> is <see cref="Axis.Single"/>.
    /// </param>
    public UpConv(long inputs, long outputs, Axis time, Axis space, bool isFlat = false)
        : base(nameof(UpConv))
    {
        var fanIn = outputs * time.Kernel * space.Kernel * space.Kernel; // as in PyTorch
        weight = WeightInitialization.ChannelsLast(
            WeightInitialization.Uniform(fanIn, inputs, outputs, time.Kernel, space.Kernel, space.Kernel), isFlat, axis: 0);
        bias = WeightInitialization.Uniform(fanIn, outputs);
        (_time, _space) = (time, space);
        RegisterComponents();
    }

    /// <param name="input">(B, F, H, W, inputs).</param>
    /// <returns>(B, F', H', W', outputs).</returns>
    public override AnyTensor forward(AnyTensor input) => input.conv_transpose(weight, bias, _time, _space);
}

/// <summary>Doubles the length of axes without using weights.</summary>
internal static class Upsampling
{
    /// <summary>Doubles the number of frames by linear interpolation with half-pixel centers.</summary>
    /// <param name="x">(B, F, H, W, C).</param>
    public static AnyTensor Time(AnyTensor x)
    {
        var last = x.shape[1] - 1;
        var before = last == 0 ? x : AnyTensor.cat([x.narrow(1, 0, 1), x.narrow(1, 0, last)], 1);
        var after = last == 0 ? x : AnyTensor.cat([x.narrow(1, 1, last), x.narrow(1, last, 1)], 1);
        return AnyTensor.stack([(x * 0.75) + (before * 0.25), (x * 0.75) + (after * 0.25)], 2).flatten(1, 2);
    }

    /// <summary>Doubles rows and columns by repeating each pixel.</summary>
    /// <param name="x">(B, F, H, W, C).</param>
    public static AnyTensor Space(AnyTensor x) => x.unsqueeze(3).unsqueeze(5).repeat(1, 1, 1, 2, 1, 2, 1).flatten(2, 3).flatten(3, 4);
}
