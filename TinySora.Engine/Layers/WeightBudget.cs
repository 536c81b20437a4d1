using TinySora.Engine.Errors;

namespace TinySora.Engine.Layers;

/// <summary>
/// Counts the bytes of a model's weights during construction, and throws an exception before a layer that exceeds the limit is allocated. Without this limit,
/// Linux would grant the allocation, but kill the process once it uses the memory.
/// </summary>
internal sealed class WeightBudget
{
    [ThreadStatic]
    private static WeightBudget? s_open;

    private readonly long most;
    private readonly Func<double, TinySoraException> failure;
    private double taken;

    private WeightBudget(long most, Func<double, TinySoraException> failure) => (this.most, this.failure) = (most, failure);

    /// <param name="most">Maximum number of bytes for all weights.</param>
    /// <param name="failure">Creates the error, given the bytes counted so far.</param>
    /// <exception cref="TinySoraException">Error that <paramref name="failure"/> creates.</exception>
    public static T Enforce<T>(long most, Func<double, TinySoraException> failure, Func<T> make)
    {
        var outer = s_open;
        s_open = new WeightBudget(most, failure);
        try
        {
            return make();
        }
        finally
        {
            s_open = outer;
        }
    }

    /// <summary>Counts a float32 weight that is about to be allocated.</summary>
    public static void Add(IReadOnlyList<long> shape)
    {
        // A size is negative if an int has overflowed.
        if (s_open is { } open && (open.taken += sizeof(float) * shape.Aggregate(1.0, (product, size) => product * Math.Abs((double)size))) > open.most)
        {
            throw open.failure(open.taken);
        }
    }
}
