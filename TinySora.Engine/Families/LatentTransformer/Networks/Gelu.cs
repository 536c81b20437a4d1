using TinySora.Engine.Compute.Native.Operations;
using TinySora.Engine.Layers;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.LatentTransformer.Networks;

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
