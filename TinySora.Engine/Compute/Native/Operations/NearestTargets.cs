using static TorchSharp.torch;

namespace TinySora.Engine.Compute.Native.Operations;

/// <summary>The nearest vector of a codebook for each of many vectors; without gradients.</summary>
internal static class NearestTargets
{
    private static readonly NativeKernel Kernel = new("nearest");

    /// <inheritdoc cref="Kernels.Nearest"/>
    public static Tensor Find(Tensor vectors, Tensor targets)
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        var result = empty(vectors.shape[0], ScalarType.Int64);
        Kernel.Run([KernelOperation.Packed(vectors, ScalarType.Float32), KernelOperation.Packed(targets, ScalarType.Float32), result]);
        return result.MoveToOuterDisposeScope();
    }
}
