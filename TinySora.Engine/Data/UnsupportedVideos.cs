using TinySora.Engine.Media.Files;
using TinySora.Engine.Media.Formats;

namespace TinySora.Engine.Data;

/// <summary>A file whose name or first bytes look like those of a video or animation, but which cannot be read as a clip.</summary>
/// <param name="Format">The format as a clause, such as "it is a Flash animation".</param>
/// <param name="Fix">Advice on how to make the file readable, as a clause that begins with a verb in the imperative.</param>
internal sealed record UnsupportedVideo(string Path, string Format, string Fix)
{
    public SkippedClip Skipped => new(Path, $"{Format}; {Fix}");
}

/// <summary>Finds the files in a folder that look like videos but are not read.</summary>
internal static class UnsupportedVideos
{
    /// <summary>Extensions of files other than videos, which are skipped without being opened.</summary>
    private static readonly HashSet<string> Others = new(StringComparer.OrdinalIgnoreCase)
    {
        ".txt", ".csv", ".json", ".jsonl", ".npy", ".npz", ".flo", ".yaml", ".yml", ".md", ".safetensors", ".arrow", ".zip", ".tar", ".gz", ".tgz",
        ".mp3", ".m4a", ".m4b", ".aac", ".oga", ".opus", ".spx", ".wma", ".mka", ".weba", ".wav", ".flac", ".ra", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff",
    };

    /// <summary>Finds files in a folder and its subfolders that look like videos but are not read, ordered by name.</summary>
    /// <exception cref="Errors.TinySoraException">The folder is missing or cannot be read.</exception>
    public static IReadOnlyList<SkippedClip> Find(string folder, CancellationToken cancellationToken = default) =>
        [.. FindAll(folder, cancellationToken).Select(video => video.Skipped)];

    /// <inheritdoc cref="Find"/>
    public static IEnumerable<UnsupportedVideo> FindAll(string folder, CancellationToken cancellationToken)
    {
        foreach (var file in ClipSource.FindOthers(folder, cancellationToken))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (Inspect(file.Path) is UnsupportedVideo video)
            {
                yield return video;
            }
        }
    }

    private static UnsupportedVideo? Inspect(string path)
    {
        if (VideoFormats.UnreadName(path) is string name)
        {
            return new(path, $"it is {name}, which is not supported", "convert it to .mp4");
        }

        if (Others.Contains(Path.GetExtension(path)))
        {
            return null;
        }

        if (FileSignature.AnimationOf(path) is { } animation)
        {
            return animation.Extension.Length > 0
                ? Named(animation)
                : new(path, $"it is {animation.Name}, which is not supported", "convert it to .gif or .mp4");
        }

        return !ClipFile.IsStill(path) && FileSignature.OfFile(path) is { } format && ClipSource.Extensions.Contains(format.Extension)
            ? Named(format)
            : null;

        UnsupportedVideo Named(FileSignature found) => new(path, $"it is {found.Name}", $"change its extension to {found.Extension}");
    }
}
