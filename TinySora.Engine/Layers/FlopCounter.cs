using static TorchSharp.torch;

namespace TinySora.Engine.Layers;

/// <summary>
/// Counts the arithmetic of forward passes: the layers that multiply report here. A multiplication and its addition are two
/// operations. What is done element by element is left out, as is usual, and what a kernel does beyond the definition.
/// </summary>
public static class FlopCounter
{
    public const double Tera = 1e12;

    [ThreadStatic]
    private static long s_count;

    /// <summary>Floating-point operations of this thread's layers since it began.</summary>
    public static long Count => s_count;

    /// <summary>Floating-point operations in TFLOP, to a thousandth of a millionth; null stays null.</summary>
    public static double? Tflop(double? operations) => operations is double known ? Math.Round(known / Tera, 9) : null;

    /// <summary>Counts a product of two activations.</summary>
    internal static void Add(long operations) => s_count += operations;

    /// <summary>Counts so many operations for each number; for a value of a graph, which is not computed, none.</summary>
    internal static void Add(AnyTensor numbers, long each) => s_count += numbers.Eager is Tensor computed ? computed.numel() * each : 0;

    /// <summary>
    /// Counts a layer whose every output (for a transposed convolution: input) element meets its share of the weights,
    /// <paramref name="weight"/> without its first axis.
    /// </summary>
    /// <returns><paramref name="elements"/>.</returns>
    internal static Tensor Product(Tensor weight, Tensor elements)
    {
        Add(2 * elements.numel() * (weight.numel() / weight.shape[0]));
        return elements;
    }
}
