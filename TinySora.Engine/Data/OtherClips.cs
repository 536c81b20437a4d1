using TinySora.Engine.Files;

namespace TinySora.Engine.Data;

/// <summary>Clips of a dataset's folder that the command which wrote there last did not make; training takes them as well.</summary>
public static class OtherClips
{
    /// <param name="made">The paths of the clips that the command made or found complete.</param>
    /// <returns>A sentence with their number; `null` if there are none.</returns>
    public static string? Describe(string folder, IReadOnlyCollection<string> made, CancellationToken cancellationToken)
    {
        if (!Directory.Exists(folder))
        {
            return null;
        }

        var known = made.Select(Path.GetFullPath).ToHashSet(PathComparer.Of);
        var others = ClipSource.Find(folder, cancellationToken).Select(clip => clip.Path).Where(path => !known.Contains(path)).ToList();
        return others.Count == 0 ? null
            : $"'{folder}' holds {known.Count + others.Count} clips: the {known.Count} of this command, and {others.Count} others, the first "
                + $"'{Path.GetRelativePath(folder, others[0])}'. Training takes all of them. "
                + $"For the {known.Count} alone, name a new folder or delete the others.";
    }
}
