using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace TinySora.Engine.Models.Layers;

/// <summary>
/// The seed's Conv3d with kernel (1, k, k), computed as what it is: one 2-D convolution per frame. Channels come last
/// throughout the network, which is the layout that convolution kernels are fastest in, makes a 1 x 1 convolution a linear
/// layer, and lets attention and norms see contiguous features. The weight keeps the 3-D layer's shape (o, i, 1, k, k), but
/// lies in memory as (o, 1, k, k, i), so that no step has to rearrange it.
/// </summary>
public sealed class Conv : nn.Module<Tensor, Tensor>
{
    private readonly Parameter weight;
    private readonly Parameter bias;
    private readonly long[] _stride;
    private readonly long[] _padding;
    private readonly bool _pointwise;
    private readonly bool _keepsSize;

    public Conv(long inputs, long outputs, long kernel, long stride = 1, long padding = 0)
        : base(nameof(Conv))
    {
        weight = Initial.ChannelsLast(Initial.Uniform(inputs * kernel * kernel, outputs, inputs, 1, kernel, kernel));
        bias = Initial.Uniform(inputs * kernel * kernel, outputs);
        _stride = [stride, stride];
        _padding = [padding, padding];
        _pointwise = kernel == 1;
        _keepsSize = (kernel, stride, padding) == (3, 1, 1);
        RegisterComponents();
    }

    /// <param name="input">(B, F, H, W, inputs).</param>
    /// <returns>(B, F, H', W', outputs).</returns>
    public override Tensor forward(Tensor input)
    {
        var x = Precision.Narrow(input);
        if (_keepsSize && Kernels.CanConvolve(x, weight))
        {
            return FlopCounter.Product(weight, Kernels.Convolve(x, weight, bias));
        }

        var w = Precision.Weight(weight);
        var b = Precision.Weight(bias);
        return FlopCounter.Product(weight, _pointwise
            ? nn.functional.linear(x, w.flatten(1), b)
            : Frames.Map(x, frames => nn.functional.conv2d(frames, w.squeeze(2), b, _stride, _padding)));
    }
}
