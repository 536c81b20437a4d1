using TinySora.Engine.Errors;

namespace TinySora.Engine.Studio;

/// <summary>The folder that the studio was started for: what the page asks to be read or written must be below it.</summary>
internal sealed class StudioFolder(string folder)
{
    /// <summary>Full path of the folder.</summary>
    public string Root { get; } = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));

    /// <summary>Full path of something below the folder, on which no link leads out of it.</summary>
    /// <param name="path">From the folder, or a full path.</param>
    /// <exception cref="TinySoraException">OutsideFolder.</exception>
    public string Inside(string path)
    {
        string full;
        try
        {
            full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(Path.Combine(Root, path)));
        }
        catch (ArgumentException)
        {
            throw StudioErrors.OutsideFolder(path, Root);
        }

        var isBelow = full.StartsWith(Path.EndsInDirectorySeparator(Root) ? Root : Root + Path.DirectorySeparatorChar, StringComparison.Ordinal);
        for (var part = full; isBelow && part.Length > Root.Length; part = Path.GetDirectoryName(part)!)
        {
            isBelow = new FileInfo(part).LinkTarget is null;
        }

        return isBelow ? full : throw StudioErrors.OutsideFolder(path, Root);
    }
}
