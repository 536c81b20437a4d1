using TinySora.Engine.Compute.Native.Operations;
using TinySora.Engine.Compute.Processes;
using static TorchSharp.torch;

namespace TinySora.Engine.Layers;

/// <summary>Dropout (Srivastava et al. 2014) with a given generator; its result does not depend on which process has an example.</summary>
internal static class Dropout
{
    /// <param name="x">The examples that are here are along its first axis.</param>
    /// <param name="p">The share of numbers that become zero, below one; the others grow, so that the mean stays.</param>
    /// <param name="chance">Null: nothing is dropped.</param>
    /// <returns>In the type of <paramref name="x"/>.</returns>
    public static AnyTensor Of(AnyTensor x, double p, BatchRandom? chance) => chance is null || p == 0 ? x : Of((Tensor)x, p, chance);

    private static Tensor Of(Tensor x, double p, BatchRandom chance)
    {
        if (Kernels.CanRunOn(x))
        {
            return Kernels.Dropout(x, p, chance);
        }

        var kept = chance.Choices(1 - p, x.shape) * (1 / (1 - p));
        return x * kept.to(x.dtype);
    }
}
