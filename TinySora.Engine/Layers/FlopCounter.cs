using static TorchSharp.torch;

namespace TinySora.Engine.Layers;

/// <summary>
/// Counts the floating-point operations in forward passes, as reported by layers that compute products. A multiplication and its addition count as two
/// operations. Elementwise operations and extra work in kernels are not counted.
/// </summary>
public static class FlopCounter
{
    public const double Tera = 1e12;

    [ThreadStatic]
    private static long s_count;

    /// <summary>Number of floating-point operations that layers have performed in the current thread since it started.</summary>
    public static long Count => s_count;

    /// <summary>Converts a number of operations to TFLOP, rounded to nine decimal places; <c>null</c> remains <c>null</c>.</summary>
    public static double? Tflop(double? operations) => operations is double known ? Math.Round(known / Tera, 9) : null;

    /// <summary>Counts the operations of a product of two activations.</summary>
    internal static void Add(long operations) => s_count += operations;

    /// <summary>Counts a number of operations per element of a tensor. Symbolic values in a graph are not counted.</summary>
    internal static void Add(AnyTensor numbers, long each) =>
        s_count += numbers.Eager is not null || numbers.HasKernels ? numbers.shape.Aggregate(each, (a, b) => a * b) : 0;

    /// <summary>
    /// Counts the operations of a layer that performs one multiplication for each output element and each element of <paramref name="weight"/> without its
    /// first axis. For a transposed convolution, input elements replace output elements.
    /// </summary>
    /// <returns><paramref name="elements"/>.</returns>
    internal static Tensor Product(Tensor weight, Tensor elements)
    {
        Add(2 * elements.numel() * (weight.numel() / weight.shape[0]));
        return elements;
    }
}
