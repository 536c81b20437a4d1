using TinySora.Engine.Files;

namespace TinySora.Engine.Data;

/// <summary>Reports clips in a dataset's folder that the last command did not write, because training uses these clips as well.</summary>
public static class ForeignClips
{
    /// <param name="made">Paths of the clips that the command wrote or found complete.</param>
    /// <returns>A sentence with the number of clips from other sources; <c>null</c> if there are none.</returns>
    public static string? Describe(string folder, IReadOnlyCollection<string> made, CancellationToken cancellationToken)
    {
        if (!Directory.Exists(folder))
        {
            return null;
        }

        var known = made.Select(Path.GetFullPath).ToHashSet(PathComparer.Of);
        var others = ClipSource.Find(folder, cancellationToken).Select(clip => clip.Path).Where(path => !known.Contains(path)).ToList();
        return others.Count == 0 ? null
            : $"'{folder}' contains {known.Count + others.Count} clips: {known.Count} from this command and {others.Count} from other sources, such as "
                + $"'{Path.GetRelativePath(folder, others[0])}'. Training uses all of them. "
                + $"To train only on the {known.Count} from this command, use a new folder or delete the others.";
    }
}
