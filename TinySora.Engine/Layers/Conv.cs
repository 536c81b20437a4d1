using TinySora.Engine.Compute;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace TinySora.Engine.Layers;

/// <summary>
/// The original's Conv3d with kernel (1, k, k), computed as what it is: one 2-D convolution per frame. Channels come last
/// throughout the network, which is the layout that convolution kernels are fastest in, makes a 1 x 1 convolution a linear
/// layer, and lets attention and norms see contiguous features. The weight keeps the 3-D layer's shape (o, i, 1, k, k), but
/// lies in memory as (o, 1, k, k, i), so that no step has to rearrange it.
/// </summary>
public sealed class Conv : nn.Module<Tensor, Tensor>
{
    private readonly Parameter weight;
    private readonly Parameter bias;
    private readonly long _kernel;
    private readonly long _stride;
    private readonly long _padding;

    public Conv(long inputs, long outputs, long kernel, long stride = 1, long padding = 0)
        : base(nameof(Conv))
    {
        weight = Initial.ChannelsLast(Initial.Uniform(inputs * kernel * kernel, outputs, inputs, 1, kernel, kernel));
        bias = Initial.Uniform(inputs * kernel * kernel, outputs);
        (_kernel, _stride, _padding) = (kernel, stride, padding);
        RegisterComponents();
    }

    /// <param name="input">(B, F, H, W, inputs).</param>
    /// <returns>(B, F, H', W', outputs).</returns>
    public override Tensor forward(Tensor input)
    {
        if (_kernel == 1)
        {
            return Linear.Product(input, weight, bias);
        }

        var x = Precision.Narrow(input);
        var taps = weight.squeeze(2);
        return FlopCounter.Product(weight, Kernels.CanConvolve(x, taps, _stride, _padding)
            ? Kernels.Convolve(x, taps, bias, _stride, _padding)
            : Frames.Map(x, frames => nn.functional.conv2d(
                frames, Precision.Weight(weight).squeeze(2), Precision.Weight(bias), [_stride, _stride], [_padding, _padding])));
    }
}
