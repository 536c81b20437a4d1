using TinySora.Engine.Errors;

namespace TinySora.Engine.Data;

/// <summary>The clips that a path of a command stands for.</summary>
public static class ClipPaths
{
    /// <summary>The clips of a folder by their names, or where it has none itself those of the folders below, as of train and val; of a file, itself.</summary>
    /// <exception cref="TinySoraException">NoClips, FolderUnreadable.</exception>
    public static IReadOnlyList<string> In(string path)
    {
        if (!Directory.Exists(path))
        {
            return [path];
        }

        var below = ClipSource.Find(path);
        var own = below.Where(clip => !clip.Name.Contains('/', StringComparison.Ordinal)).ToList();
        return below.Count == 0 ? throw DataErrors.NoClips(path, ClipSource.Extensions) : [.. (own.Count > 0 ? own : below).Select(clip => clip.Path)];
    }
}
