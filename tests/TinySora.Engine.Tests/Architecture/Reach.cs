namespace TinySora.Engine.Tests.Architecture;

/// <summary>Reachability along arrows.</summary>
internal static class Reach
{
    /// <summary>Returns everything reachable from a node, directly or indirectly, including the node itself if it is in a cycle.</summary>
    /// <param name="next">Targets of each node's arrows.</param>
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
