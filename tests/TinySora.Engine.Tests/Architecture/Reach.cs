namespace TinySora.Engine.Tests.Architecture;

/// <summary>What can be come to along arrows.</summary>
internal static class Reach
{
    /// <summary>All that arrows lead to from a place, at once or by others; the place itself where they come back to it.</summary>
    /// <param name="next">Where the arrows of each place end.</param>
    public static HashSet<string> From(string place, ILookup<string, string> next)
    {
        var reached = new HashSet<string>(StringComparer.Ordinal);
        var open = new Queue<string>([place]);
        while (open.TryDequeue(out var from))
        {
            next[from].Where(reached.Add).ToList().ForEach(open.Enqueue);
        }

        return reached;
    }
}
