using TinySora.Engine.Compute.Native.Operations;
using TinySora.Engine.Compute.Processes;
using static TorchSharp.torch;

namespace TinySora.Engine.Layers;

/// <summary>Dropout (Srivastava et al. 2014) with an explicit generator. The result does not depend on how examples are distributed over processes.</summary>
internal static class Dropout
{
    /// <param name="x">This process's examples, along the first axis.</param>
    /// <param name="p">Fraction of values to set to zero, less than 1. The other values are scaled up to keep the mean.</param>
    /// <param name="chance">Random numbers; <c>null</c> disables dropout.</param>
    /// <returns>Same type as <paramref name="x"/>.</returns>
    public static AnyTensor Apply(AnyTensor x, double p, BatchRandom? chance) => chance is null || p == 0 ? x : Apply((Tensor)x, p, chance);

    private static Tensor Apply(Tensor x, double p, BatchRandom chance)
    {
        if (Kernels.CanRunOn(x))
        {
            return Kernels.Dropout(x, p, chance);
        }

        var kept = chance.Bernoulli(1 - p, x.shape) * (1 / (1 - p));
        return x * kept.to(x.dtype);
    }
}
