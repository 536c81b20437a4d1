using Parameter = TorchSharp.Modules.Parameter;

namespace TinySora.Engine.Layers;

/// <summary>
/// PyTorch's Conv3d, or its Conv2d applied to each frame. It is computed as 2-D convolutions with the kernel's frames concatenated as input channels.
/// Networks use the channels-last layout throughout, because it is the fastest for convolution kernels, turns 1 x 1 convolutions into linear layers, and gives
/// attention and normalization contiguous features. The weight has PyTorch's shape, (o, i, t, h, w) or (o, i, h, w), but is stored as (o, h, w, t, i), so
/// it does not have to be rearranged in every step.
/// </summary>
public sealed class Conv : Layer
{
    private readonly Parameter weight;
    private readonly Parameter? bias;
    private readonly Axis _time;
    private readonly Axis _space;

    /// <summary>Creates a convolution that is applied to each frame.</summary>
    public Conv(long inputs, long outputs, long kernel, long stride = 1, long padding = 0)
        : this(inputs, outputs, Axis.Single, Axis.Symmetric(kernel, stride, padding))
    {
    }

    /// <param name="space">Kernel, stride and padding along height and width.</param>
    /// <param name="isFlat">
    /// Whether the weight has the shape of a Conv2d's weight, which requires that <paramref name="time"/> is <see cref="Axis.Single"/>.
    /// </param>
    public Conv(long inputs, long outputs, Axis time, Axis space, bool hasBias = true, bool isFlat = false)
        : base(nameof(Conv))
    {
        var fanIn = inputs * time.Kernel * space.Kernel * space.Kernel;
        weight = WeightInitialization.ChannelsLast(WeightInitialization.Uniform(fanIn, outputs, inputs, time.Kernel, space.Kernel, space.Kernel), isFlat);
        bias = hasBias ? WeightInitialization.Uniform(fanIn, outputs) : null;
        (_time, _space) = (time, space);
        RegisterComponents();
    }

    /// <param name="input">(B, F, H, W, inputs).</param>
    /// <returns>(B, F', H', W', outputs).</returns>
    public override AnyTensor forward(AnyTensor input) => _time == Axis.Single && _space == Axis.Single
        ? input.linear(weight, bias)
        : input.conv(weight, bias, _time, _space);
}

/// <param name="Kernel">Number of taps.</param>
/// <param name="Before">Number of zeros before the first position.</param>
/// <param name="After">Number of zeros after the last position.</param>
public readonly record struct Axis(long Kernel, long Stride = 1, long Before = 0, long After = 0)
{
    /// <summary>An axis whose positions are independent of each other.</summary>
    public static Axis Single { get; } = new(1);

    /// <summary>Creates an axis with equal padding on both sides.</summary>
    public static Axis Symmetric(long kernel, long stride, long padding) => new(kernel, stride, padding, padding);

    /// <summary>
    /// Creates an axis with padding, such that the output length is the input length divided by the stride. The larger half of the padding is in front, as in
    /// VideoGPT.
    /// </summary>
    public static Axis Same(long kernel, long stride) => new(kernel, stride, (kernel - stride + 1) / 2, (kernel - stride) / 2);

    internal bool IsSymmetric => Before == After;
}

/// <summary>
/// A depthwise 3 x 3 x 3 convolution that gives tokens information about their positions and neighbors (conditional positional encodings, Chu et al. 2021).
/// It is initialized to zero.
/// </summary>
internal sealed class PositionConv : Layer
{
    private readonly Parameter weight;
    private readonly Parameter bias;

    public PositionConv(long channels)
        : base(nameof(PositionConv))
    {
        weight = WeightInitialization.Zeros(channels, 1, 3, 3, 3);
        bias = WeightInitialization.Zeros(channels);
        RegisterComponents();
    }

    /// <param name="input">(B, F, H, W, C) float32.</param>
    /// <returns>Same shape as <paramref name="input"/>.</returns>
    public override AnyTensor forward(AnyTensor input) => input.depthwise_conv(weight, bias);
}
