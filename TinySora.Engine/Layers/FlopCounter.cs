using static TorchSharp.torch;

namespace TinySora.Engine.Layers;

/// <summary>
/// Counts the floating-point operations of forward passes, as reported by layers with products; a multiplication and its addition count as two.
/// Elementwise operations and a kernel's extra work are not counted.
/// </summary>
public static class FlopCounter
{
    public const double Tera = 1e12;

    [ThreadStatic]
    private static long s_count;

    /// <summary>Floating-point operations of this thread's layers since it started.</summary>
    public static long Count => s_count;

    /// <summary>Converts operations to TFLOP, rounded to nine digits; <c>null</c> stays <c>null</c>.</summary>
    public static double? Tflop(double? operations) => operations is double known ? Math.Round(known / Tera, 9) : null;

    /// <summary>Counts a product of two activations.</summary>
    internal static void Add(long operations) => s_count += operations;

    /// <summary>Counts a number of operations per element; none for symbolic values of a graph.</summary>
    internal static void Add(AnyTensor numbers, long each) => s_count += numbers.Eager is Tensor computed ? computed.numel() * each : 0;

    /// <summary>
    /// Counts a layer in which every output element (for a transposed convolution: input element) is multiplied with <paramref name="weight"/> without
    /// its first axis.
    /// </summary>
    /// <returns><paramref name="elements"/>.</returns>
    internal static Tensor Product(Tensor weight, Tensor elements)
    {
        Add(2 * elements.numel() * (weight.numel() / weight.shape[0]));
        return elements;
    }
}
