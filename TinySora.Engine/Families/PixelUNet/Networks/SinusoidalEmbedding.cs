using TinySora.Engine.Layers;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.PixelUNet.Networks;

/// <summary>[sin(t·u), cos(t·u)] with u from 1 down to 1/10000 (Vaswani et al. 2017).</summary>
public sealed class SinusoidalEmbedding : Layer
{
    private readonly long _width;

    /// <param name="width">Even, at least 4.</param>
    public SinusoidalEmbedding(long width)
        : base(nameof(SinusoidalEmbedding))
    {
        _width = width;
        RegisterComponents();
    }

    /// <param name="input">(N), any numbers.</param>
    /// <returns>(N, width).</returns>
    public override AnyTensor forward(AnyTensor input)
    {
        var angles = input.to(ScalarType.Float32).unsqueeze(-1) * Frequencies(input.device);
        return AnyTensor.cat([angles.sin(), angles.cos()], -1);
    }

    private Tensor Frequencies(Device device)
    {
        var half = _width / 2;
        return (arange(half, ScalarType.Float32, device) * (-Math.Log(10000) / (half - 1))).exp();
    }
}
