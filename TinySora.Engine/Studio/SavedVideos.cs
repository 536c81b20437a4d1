using System.Collections.Concurrent;
using TinySora.Engine.Files;
using TinySora.Engine.Generation;
using TinySora.Engine.Media.Files;

namespace TinySora.Engine.Studio;

/// <summary>Reads the generated videos and images in the folder of saved videos, for the gallery on the page.</summary>
/// <param name="folder">Folder of saved videos, which may not exist yet.</param>
internal sealed class SavedVideos(string folder)
{
    /// <summary>Maximum number of files in the gallery. If there are more, only the newest are shown.</summary>
    private const int MaxShown = 200;

    /// <summary>Maximum size of an image in bytes. Larger images are omitted, because browsers could not open a page with many of them.</summary>
    private const int MaxBytes = 8 << 20;

    /// <summary>File extensions of the formats that an HTML image element can play.</summary>
    private static readonly string[] Endings = [".gif", ".png"];

    private readonly ConcurrentDictionary<(string Name, long Length, DateTime Written), Recipe?> recipes = new();

    /// <param name="Model">File name of the checkpoint that generated the video.</param>
    public sealed record View(string Name, string? Prompt, long Seed, string Model, int Step);

    /// <summary>Returns the videos that contain a recipe, newest first.</summary>
    public IReadOnlyList<View> List() =>
    [
        .. Files().Where(file => IsPicture(file.Name)).OrderByDescending(file => file.LastWriteTimeUtc).ThenBy(file => file.Name, StringComparer.Ordinal)
            .Select(file => (file.Name, Recipe: RecipeOf(file))).Where(video => video.Recipe is not null).Take(MaxShown)
            .Select(video => new View(video.Name, video.Recipe!.Prompt, video.Recipe.Seed, video.Recipe.Checkpoint, video.Recipe.Step)),
    ];

    /// <summary>Reads a video that an HTML image element can play; returns <c>null</c> if the folder does not contain such a file.</summary>
    public byte[]? ReadPicture(string name) => IsPicture(name) ? ReadClip(name) : null;

    /// <summary>Reads a clip or image in any format; returns <c>null</c> if the folder does not contain such a file.</summary>
    public byte[]? ReadClip(string name) =>
        OnFailure.Return(null, () => Files().FirstOrDefault(other => other.Name == name) is FileInfo file
            ? BusyFile.Retry(() => RegularFile.ReadAllBytes(file.FullName, MaxBytes))
            : null);

    private static bool IsPicture(string name) => Endings.Contains(Path.GetExtension(name).ToLowerInvariant());

    /// <summary>Returns the regular files in the folder. Links are omitted, because another user's link could expose any file of this user.</summary>
    private IEnumerable<FileInfo> Files() => !Directory.Exists(folder) ? [] : new DirectoryInfo(folder).EnumerateFiles()
        .Where(file => ClipFile.IsClip(file.Name) && file.LinkTarget is null && file.Length is > 0 and <= MaxBytes);

    private Recipe? RecipeOf(FileInfo file) => recipes.GetOrAdd((file.Name, file.Length, file.LastWriteTimeUtc), _ => RecipeText.TryRead(file.FullName));
}
