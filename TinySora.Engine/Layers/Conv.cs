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
