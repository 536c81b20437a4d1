using System.Globalization;

namespace TinySora.Engine.Tests.Architecture;

/// <summary>The folders of the engine as a Mermaid diagram: a row for each layer, the highest first, and an arrow to each folder that a folder uses.</summary>
internal static class Drawing
{
    public const string Begin = "<!-- drawn by FloorsTests from the code -->";
    public const string End = "<!-- end of the drawing -->";

    /// <summary>Removes arrows that follow from others: if A uses B and B uses C, an arrow from A to C is omitted.</summary>
    public static string Of(IEnumerable<Floors.Arrow> arrows)
    {
        var used = arrows.Select(arrow => (arrow.From, arrow.To)).Distinct().ToLookup(arrow => arrow.From, arrow => arrow.To);
        var folders = used.Select(from => from.Key).Concat(used.SelectMany(to => to)).Distinct(StringComparer.Ordinal)
            .OrderByDescending(Floors.FloorOf).ThenBy(folder => folder, StringComparer.Ordinal).ToList();
        var lines = new List<string> { "```mermaid", "flowchart TB" };
        foreach (var floor in folders.GroupBy(Floors.FloorOf))
        {
            lines.Add(string.Create(CultureInfo.InvariantCulture, $"    subgraph floor{floor.Key} [floor {floor.Key}]"));
            lines.AddRange(floor.Select(folder => $"        {Node(folder)}[\"{folder.Replace('.', '/')}\"]"));
            lines.Add("    end");
        }

        foreach (var folder in folders.Where(used.Contains))
        {
            var others = used[folder].SelectMany(to => Reach.From(to, used)).ToHashSet(StringComparer.Ordinal);
            var drawn = used[folder].Where(to => !others.Contains(to)).Order(StringComparer.Ordinal);
            lines.Add($"    {Node(folder)} --> {string.Join(" & ", drawn.Select(Node))}");
        }

        return string.Join('\n', [.. lines, "```", ""]);
    }

    /// <summary>Returns the page with the drawing between its markers replaced.</summary>
    public static string Into(string page, string drawing)
    {
        var (begin, end) = (page.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length, page.IndexOf(End, StringComparison.Ordinal));
        return $"{page[..begin]}\n{drawing}{page[end..]}";
    }

    private static string Node(string folder) => folder.Replace('.', '_');
}
