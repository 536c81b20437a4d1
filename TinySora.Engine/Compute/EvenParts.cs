namespace TinySora.Engine.Compute;

/// <summary>Division of a number of elements into consecutive parts whose sizes differ by at most one.</summary>
internal static class EvenParts
{
    /// <returns>Index of the first element and number of elements of each part. If there are more parts than elements, some parts are empty.</returns>
    public static IReadOnlyList<(long First, long Count)> Divide(long total, int parts) =>
        [.. Enumerable.Range(0, parts).Select(part => Get(total, parts, part))];

    /// <summary>Returns one of the parts.</summary>
    /// <param name="part">Index of the part, from 0.</param>
    /// <returns>Index of the first element and number of elements.</returns>
    public static (long First, long Count) Get(long total, int parts, int part)
    {
        var first = total * part / parts;
        return (first, (total * (part + 1) / parts) - first);
    }
}
