using TinySora.Engine.Media.Files;
using TinySora.Engine.Media.Formats;

namespace TinySora.Engine.Data;

/// <summary>Files of a folder that look like videos or animations by their names or first bytes, and yet are no clips, because they are not read.</summary>
internal static class UnreadVideos
{
    /// <summary>Extensions of files that are no videos, and are not opened.</summary>
    private static readonly HashSet<string> Others = new(StringComparer.OrdinalIgnoreCase)
    {
        ".txt", ".csv", ".json", ".jsonl", ".npy", ".npz", ".flo", ".yaml", ".yml", ".md", ".safetensors", ".arrow", ".zip", ".tar", ".gz", ".tgz",
        ".mp3", ".m4a", ".m4b", ".aac", ".oga", ".opus", ".spx", ".wma", ".mka", ".weba", ".wav", ".flac", ".ra", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff",
    };

    /// <summary>The files below a folder in the order of their names, each with what it is.</summary>
    /// <exception cref="Errors.TinySoraException">The folder is missing or cannot be read.</exception>
    public static IReadOnlyList<SkippedClip> Find(string folder, CancellationToken cancellationToken = default)
    {
        var found = new List<SkippedClip>();
        foreach (var file in ClipSource.FindOthers(folder, cancellationToken))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (WhyUnread(file.Path) is string reason)
            {
                found.Add(new SkippedClip(file.Path, reason));
            }
        }

        return found;
    }

    private static string? WhyUnread(string path)
    {
        if (VideoFormats.UnreadName(path) is string name)
        {
            return $"it is {name}, which is not read here; convert it to .mp4";
        }

        if (Others.Contains(Path.GetExtension(path)))
        {
            return null;
        }

        if (FileSignature.AnimationOf(path) is { } animation)
        {
            return animation.Extension.Length > 0 ? $"it is {animation.Name}; rename it so that it ends in {animation.Extension}"
                : $"it is {animation.Name}, which is not read here; convert it to .gif or .mp4";
        }

        return !ClipFile.IsStill(path) && FileSignature.OfFile(path) is { } format && ClipSource.Extensions.Contains(format.Extension)
            ? $"it is {format.Name}; rename it so that it ends in {format.Extension}"
            : null;
    }
}
