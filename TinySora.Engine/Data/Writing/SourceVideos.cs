using System.Text;
using TinySora.Engine.Files;

namespace TinySora.Engine.Data.Writing;

/// <summary>Identifies the videos that clips were cut from.</summary>
internal static class SourceVideos
{
    /// <summary>Returns the source video of each clip: the item of the folder's <see cref="OutputLog"/> or, for other clips, the clip itself.</summary>
    /// <param name="names">Paths of the clips, relative to the folder.</param>
    public static IReadOnlyList<string> Of(string folder, IEnumerable<string> names)
    {
        var logs = new Dictionary<string, HashSet<string>>();
        return [.. names.Select(SourceOf)];

        string SourceOf(string name)
        {
            if (DatasetFolder.NumberedName().Match(Path.ChangeExtension(Path.GetFileName(name), null)) is not { Success: true } match)
            {
                return name;
            }

            var place = Path.GetDirectoryName(name) ?? "";
            if (!logs.TryGetValue(place, out var items))
            {
                logs[place] = items = ItemsIn(Path.Combine(folder, place));
            }

            var item = match.Groups[1].Value;
            return items.Contains(item) ? Path.Combine(place, item) : name;
        }
    }

    /// <summary>Returns the names of all items in the log of a folder; empty if there is no readable log.</summary>
    private static HashSet<string> ItemsIn(string folder) => OnFailure.Return([], () => File.ReadLines(OutputLog.PathIn(folder), Encoding.UTF8)
        .Select(line => line.Split(' ', 3)).Where(words => words is ["begin", ..]).Select(words => words[1]).ToHashSet(StringComparer.Ordinal));
}
