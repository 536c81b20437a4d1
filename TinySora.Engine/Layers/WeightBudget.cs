using TinySora.Engine.Errors;

namespace TinySora.Engine.Layers;

/// <summary>
/// Counts the bytes of a model's weights while its layers are made, and refuses the one with which they are too many before memory is taken for
/// it: Linux would grant the memory and end the process when it is used.
/// </summary>
internal sealed class WeightBudget
{
    [ThreadStatic]
    private static WeightBudget? s_open;

    private readonly long most;
    private readonly Func<double, TinySoraException> failure;
    private double taken;

    private WeightBudget(long most, Func<double, TinySoraException> failure) => (this.most, this.failure) = (most, failure);

    /// <param name="most">Bytes that its weights may take.</param>
    /// <param name="failure">The error where they would take so many bytes or more.</param>
    /// <exception cref="TinySoraException">That error.</exception>
    public static T Within<T>(long most, Func<double, TinySoraException> failure, Func<T> make)
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

    /// <summary>Counts a weight of float32 that is about to be made.</summary>
    public static void Take(IReadOnlyList<long> shape)
    {
        // A width that no int holds has become negative on the way.
        if (s_open is { } open && (open.taken += sizeof(float) * shape.Aggregate(1.0, (product, size) => product * Math.Abs((double)size))) > open.most)
        {
            throw open.failure(open.taken);
        }
    }
}
