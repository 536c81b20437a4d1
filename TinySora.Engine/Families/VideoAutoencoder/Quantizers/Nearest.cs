using TinySora.Engine.Compute.Native.Operations;
using TinySora.Engine.Interop.Onnx;
using TinySora.Engine.Layers;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.VideoAutoencoder.Quantizers;

/// <summary>Finds nearest vectors by squared distance.</summary>
internal static class Nearest
{
    /// <summary>Numbers of the matrix of distances that are there at a time.</summary>
    private const long MostDistances = 1 << 22;

    /// <summary>The index of the nearest target for each vector.</summary>
    /// <param name="vectors">(N, D).</param>
    /// <param name="targets">(K, D).</param>
    /// <returns>(N) int64.</returns>
    public static Tensor Of(Tensor vectors, Tensor targets)
    {
        if (Kernels.CanRunOn(vectors))
        {
            return Kernels.Nearest(vectors, targets);
        }

        using var nothing = no_grad();
        using var scope = NewDisposeScope();
        var (across, half) = (targets.t(), targets.square().sum(1) / 2);
        var parts = Math.Max(1, vectors.shape[0] * targets.shape[0] / MostDistances);

        // |v - t|² is least where v·t - |t|²/2 is greatest.
        return cat([.. vectors.chunk(parts).Select(part => (part.Times(across) - half).argmax(1))]).MoveToOuterDisposeScope();
    }

    /// <inheritdoc cref="Of(Tensor, Tensor)"/>
    /// <param name="vectors">(..., D).</param>
    /// <returns>(...) int64.</returns>
    public static OnnxTensor Of(OnnxTensor vectors, Tensor targets)
    {
        var across = vectors.Graph.Weight(targets, t => t.t());                              // (D, K)
        return (vectors.MatMul(across) - ((across * across).Reduced("ReduceSum", 0) * 0.5)).ArgMax();
    }
}
