using TinySora.Engine.Errors;

namespace TinySora.Engine.Data.Writing;

/// <summary>Identifies the videos that clips were cut from.</summary>
internal static class CutClips
{
    /// <summary>Returns the source video of each clip: the item of the folder's <see cref="OutputLog"/> or, for other clips, the clip itself.</summary>
    /// <param name="names">Paths of the clips, relative to the folder.</param>
    /// <exception cref="TinySoraException">FolderInUse: another command is writing to the folder, so the source videos may change.</exception>
    public static IReadOnlyList<string> FindSources(string folder, IEnumerable<string> names)
    {
        var logs = new Dictionary<string, OutputLogState>();
        return [.. names.Select(SourceOf)];

        string SourceOf(string name)
        {
            if (DatasetFolder.NumberedName().Match(Path.ChangeExtension(Path.GetFileName(name), null)) is not { Success: true } match)
            {
                return name;
            }

            var place = Path.GetDirectoryName(name) ?? "";
            if (!logs.TryGetValue(place, out var log))
            {
                logs[place] = log = OutputLogState.Read(Path.Combine(folder, place));
            }

            var item = match.Groups[1].Value;
            return log.IsItem(item) ? Path.Combine(place, item) : name;
        }
    }
}
