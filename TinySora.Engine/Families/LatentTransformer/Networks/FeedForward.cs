using TinySora.Engine.Compute.Native.Operations;
using TinySora.Engine.Layers;
using static TorchSharp.torch;
using Linear = TinySora.Engine.Layers.Linear;

namespace TinySora.Engine.Families.LatentTransformer.Networks;

/// <summary>Two linear layers over each token, with a GELU between them or gated linear units (Shazeer 2020).</summary>
internal sealed class FeedForward : PublishedModule
{
    /// <summary>The width of the hidden layer, over the tokens' width.</summary>
    private const int Ratio = 4;

    private readonly Linear _first;
    private readonly Linear _second;
    private readonly bool _isGated;

    /// <param name="isGated">The hidden layer is silu(a) · b, two thirds as wide, in whole vectors of 32.</param>
    /// <param name="names">Published ones, of the first layer and the second.</param>
    public FeedForward(int width, bool isGated, (string First, string Second) names)
        : base(nameof(FeedForward))
    {
        var hidden = isGated ? ((Ratio * width * 2 / 3) + 31) / 32 * 32 : Ratio * width;
        _first = new Linear(width, isGated ? 2 * hidden : hidden).Xavier();
        _second = new Linear(hidden, width).Xavier();
        _isGated = isGated;
        Register([(names.First, _first), (names.Second, _second)]);
    }

    /// <param name="input">(..., C), in the type that products take.</param>
    public AnyTensor forward(AnyTensor input)
    {
        var hidden = _first.forward(input);
        if (!_isGated)
        {
            return _second.forward(Gelu.Tanh(hidden));
        }

        var halves = hidden.chunk(2, -1);
        return _second.forward(halves[0].silu() * halves[1]);
    }
}

/// <summary>Gaussian error linear units (Hendrycks and Gimpel 2016) in their approximate form, which is that of diffusion transformers.</summary>
internal static class Gelu
{
    private static readonly double Twice = 2 * Math.Sqrt(2 / Math.PI);

    /// <summary>x / 2 · (1 + tanh(√(2/π) (x + 0.044715 x³))), which is x times the logistic function of twice what tanh is taken of.</summary>
    /// <returns>In the type of <paramref name="x"/>.</returns>
    public static AnyTensor Tanh(AnyTensor x)
    {
        if (x.Eager is Tensor numbers && Kernels.CanRunOn(numbers))
        {
            return Kernels.Gelu(numbers);
        }

        var wide = x.Widened();
        var twice = ((wide * wide * (0.044715 * Twice)) + Twice) * wide;
        return (wide * twice.sigmoid()).type_as(x);
    }
}
