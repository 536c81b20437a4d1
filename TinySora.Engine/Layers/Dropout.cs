using TinySora.Engine.Compute;
using static TorchSharp.torch;

namespace TinySora.Engine.Layers;

/// <summary>Dropout (Srivastava et al. 2014), by a generator of one's own.</summary>
internal static class Dropout
{
    /// <param name="p">The share of numbers that become zero, below one; the others grow, so that the mean stays.</param>
    /// <param name="chance">Null: nothing is dropped.</param>
    /// <returns>In the type of <paramref name="x"/>.</returns>
    public static Tensor Of(Tensor x, double p, Generator? chance)
    {
        if (chance is null || p == 0)
        {
            return x;
        }

        if (Kernels.CanDrop(x))
        {
            return Kernels.Dropout(x, p, chance);
        }

        var kept = empty(x.shape, ScalarType.Float32, x.device).bernoulli_(1 - p, chance).mul_(1 / (1 - p));
        return x * kept.to(x.dtype);
    }
}
