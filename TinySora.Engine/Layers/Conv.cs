using Parameter = TorchSharp.Modules.Parameter;

namespace TinySora.Engine.Layers;

/// <summary>
/// PyTorch's Conv3d, and its Conv2d of every frame, computed as 2-D convolutions: the frames that a kernel sees in time are its input
/// channels side by side. Channels come last throughout a network, which is the layout that convolution kernels are fastest in, makes a
/// 1 x 1 convolution a linear layer, and lets attention and norms see contiguous features. The weight has the layer's shape, (o, i, t, h, w)
/// or (o, i, h, w), but lies in memory as (o, h, w, t, i), so that no step has to rearrange it.
/// </summary>
public sealed class Conv : Layer
{
    private readonly Parameter weight;
    private readonly Parameter? bias;
    private readonly Axis _time;
    private readonly Axis _space;

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
        (_time, _space) = (time, space);
        RegisterComponents();
    }

    /// <param name="input">(B, F, H, W, inputs).</param>
    /// <returns>(B, F', H', W', outputs).</returns>
    public override AnyTensor forward(AnyTensor input) => _time == Axis.Single && _space == Axis.Single
        ? input.linear(weight, bias)
        : input.conv(weight, bias, _time, _space);
}

/// <param name="Kernel">Taps.</param>
/// <param name="Before">Zeros in front of the first position.</param>
/// <param name="After">Zeros behind the last.</param>
public readonly record struct Axis(long Kernel, long Stride = 1, long Before = 0, long After = 0)
{
    /// <summary>An axis on which each position is treated by itself.</summary>
    public static Axis Single { get; } = new(1);

    /// <summary>An axis with equal padding before its first and after its last position.</summary>
    public static Axis Symmetric(long kernel, long stride, long padding) => new(kernel, stride, padding, padding);

    /// <summary>An axis padded so that there are as many results as strides, with the larger half of the padding in front (VideoGPT).</summary>
    public static Axis Same(long kernel, long stride) => new(kernel, stride, (kernel - stride + 1) / 2, (kernel - stride) / 2);

    internal bool IsSymmetric => Before == After;
}

/// <summary>
/// A convolution over 3 x 3 x 3 neighbours, of each channel by itself, for tokens to know where they are and what is beside them (conditional
/// positional encodings, Chu et al. 2021). It begins as zero.
/// </summary>
internal sealed class PositionConv : Layer
{
    private readonly Parameter weight;
    private readonly Parameter bias;

    public PositionConv(long channels)
        : base(nameof(PositionConv))
    {
        weight = Initial.Zeros(channels, 1, 3, 3, 3);
        bias = Initial.Zeros(channels);
        RegisterComponents();
    }

    /// <param name="input">(B, F, H, W, C) float32.</param>
    /// <returns>Like <paramref name="input"/>.</returns>
    public override AnyTensor forward(AnyTensor input) => input.depthwise_conv(weight, bias);
}
