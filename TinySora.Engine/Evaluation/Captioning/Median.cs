namespace TinySora.Engine.Evaluation.Captioning;

/// <summary>The middle one of values in their order, and of two in the middle the greater.</summary>
internal static class Median
{
    /// <param name="values">At least one; they are in their order afterwards.</param>
    public static T Of<T>(T[] values)
        where T : IComparable<T>
    {
        Array.Sort(values);
        return values[values.Length / 2];
    }
}
