using static TorchSharp.torch;

namespace TinySora.Engine.Compute.Native.Operations;

/// <summary>A linear layer of a few rows, which takes as long as its weights take to be read; without gradients.</summary>
internal static class FewRows
{
    /// <summary>The most rows: the kernel keeps their sums in registers (few_rows.cpp).</summary>
    public const long Most = 8;

    private static readonly NativeKernel Kernel = new("few_rows");

    /// <inheritdoc cref="Kernels.MultiplyFew"/>
    public static Tensor Multiply(Tensor x, Tensor weight, Tensor? bias)
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        var shape = x.shape;
        var length = shape[^1];
        var missing = (Kernels.VectorWidth - (length % Kernels.VectorWidth)) % Kernels.VectorWidth;
        var rows = KernelOperation.Packed(x, ScalarType.Float32);
        rows = missing == 0 ? rows : nn.functional.pad(rows, [0, missing]);
        var result = empty([.. shape[..^1], weight.shape[0]], x.dtype);
        Kernel.Run([rows, KernelOperation.Packed(weight), KernelOperation.Packed(bias), result]);
        return result.MoveToOuterDisposeScope();
    }
}
