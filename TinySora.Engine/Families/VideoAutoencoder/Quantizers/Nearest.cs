using TinySora.Engine.Compute.Native.Operations;
using TinySora.Engine.Layers;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.VideoAutoencoder.Quantizers;

/// <summary>Finds nearest vectors by squared distance.</summary>
internal static class Nearest
{
    /// <summary>Numbers of the matrix of distances that are there at a time.</summary>
    private const long MostDistances = 1 << 22;

    /// <summary>The index of the nearest target for each vector.</summary>
    /// <param name="vectors">(..., D).</param>
    /// <param name="targets">(K, D).</param>
    /// <returns>(...) int64.</returns>
    public static AnyTensor Of(AnyTensor vectors, Tensor targets)
    {
        if (vectors.Eager is Tensor numbers)
        {
            var rows = numbers.flatten(0, -2);
            return (Kernels.CanRunOn(rows) ? Kernels.Nearest(rows, targets) : InParts(rows, targets)).view(numbers.shape[..^1]);
        }

        var across = vectors.Made(targets, t => t.t());                                      // (D, K)
        return (vectors.matmul(across) - (across.square().sum(0, keepdim: true) * 0.5)).argmax(-1);
    }

    private static Tensor InParts(Tensor vectors, Tensor targets)
    {
        using var nothing = no_grad();
        using var scope = NewDisposeScope();
        var (across, half) = (targets.t(), targets.square().sum(1) / 2);
        var parts = Math.Max(1, vectors.shape[0] * targets.shape[0] / MostDistances);

        // |v - t|² is least where v·t - |t|²/2 is greatest.
        return cat([.. vectors.chunk(parts).Select(part => (part.Times(across) - half).argmax(1))]).MoveToOuterDisposeScope();
    }
}
