using System.IO.Enumeration;
using System.Security.Cryptography;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;
using TinySora.Engine.Media.Files;

namespace TinySora.Engine.Data;

/// <summary>The file of a clip in a folder, with the file's length and modification time.</summary>
/// <param name="Name">Path relative to the folder, with forward slashes on every system.</param>
/// <param name="Modified">Modification time in UTC ticks.</param>
internal sealed record ClipSource(string Name, string Path, long Length, long Modified)
{
    /// <summary>Extensions of animations and videos. A still image is not a clip.</summary>
    public static IReadOnlyList<string> Extensions { get; } =
        [.. ClipFile.ReadableExtensions.Where(e => ClipFile.IsGif(e) || ClipFile.IsVideo(e))];

    /// <summary>Extensions of still images, which only image datasets include.</summary>
    public static IReadOnlyList<string> StillExtensions { get; } = [.. ClipFile.ReadableExtensions.Where(ClipFile.IsStill)];

    /// <summary>
    /// File size in bytes above which files are compared only by length and time, because hashing a long video would take longer than decoding it.
    /// </summary>
    public const long HashedBytes = 1 << 26;

    /// <summary>
    /// Finds all clips in a folder and its subfolders, in ordinal order by name. Hidden files are omitted, and a linked folder is searched only once.
    /// </summary>
    /// <exception cref="TinySoraException">The folder is missing or cannot be read.</exception>
    public static IReadOnlyList<ClipSource> Find(string folder, CancellationToken cancellationToken = default) => Find(folder, Extensions, cancellationToken);

    /// <summary>
    /// Finds all clips in a folder and its subfolders, like <see cref="Find(string, CancellationToken)"/>. A folder without clips is an error.
    /// </summary>
    /// <exception cref="TinySoraException">The folder is missing, cannot be read or has no clips.</exception>
    public static IReadOnlyList<ClipSource> Require(string folder, CancellationToken cancellationToken = default) =>
        Find(folder, cancellationToken) is { Count: > 0 } clips ? clips : throw DataErrors.NoClips(folder, Extensions);

    /// <inheritdoc cref="Find(string, CancellationToken)"/>
    /// <param name="extensions">Extensions of the files to find.</param>
    public static IReadOnlyList<ClipSource> Find(string folder, IReadOnlyList<string> extensions, CancellationToken cancellationToken = default) =>
        Find(folder, extensions, isOther: false, cancellationToken);

    /// <summary>Finds all files in a folder and its subfolders that are not clips. Hidden files are omitted.</summary>
    /// <inheritdoc cref="Find(string, CancellationToken)"/>
    public static IReadOnlyList<ClipSource> FindOthers(string folder, CancellationToken cancellationToken = default) =>
        Find(folder, Extensions, isOther: true, cancellationToken);

    /// <param name="isOther">Whether to find the files with other extensions.</param>
    private static ClipSource[] Find(string folder, IReadOnlyList<string> extensions, bool isOther, CancellationToken cancellationToken)
    {
        if (!Directory.Exists(folder))
        {
            throw File.Exists(folder) ? DataErrors.NotAFolder(folder) : DataErrors.FolderMissing(folder, extensions);
        }

        var root = System.IO.Path.GetFullPath(folder);
        var top = new Lazy<string>(() => WithoutLinks(root));
        HashSet<string> seen = [];
        // Do not follow a link to a folder above the root, which would never end, or to a folder below the root, which is searched anyway.
        bool IsNew(FileSystemInfo entry)
        {
            var target = WithoutLinks(entry.FullName);
            return target.StartsWith(top.Value, StringComparison.Ordinal) ? entry.LinkTarget is null
                : !top.Value.StartsWith(target, StringComparison.Ordinal) && seen.Add(target);
        }

        var options = new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true };
        var files = new FileSystemEnumerable<ClipSource?>(
            root,
            (ref FileSystemEntry e) => Describe(root, (FileInfo)e.ToFileSystemInfo()),
            options)
        {
            ShouldIncludePredicate = (ref FileSystemEntry e) =>
            {
                cancellationToken.ThrowIfCancellationRequested();
                return !e.IsDirectory && Has(e.FileName, extensions) != isOther && !IsHidden(e.FileName);
            },
            ShouldRecursePredicate = (ref FileSystemEntry e) =>
                !IsHidden(e.FileName) && ((seen.Count == 0 && !e.Attributes.HasFlag(FileAttributes.ReparsePoint)) || IsNew(e.ToFileSystemInfo())),
        };
        return OnFailure.Throw<ClipSource[]>(
            folder, DataErrors.FolderUnreadable, () => [.. files.OfType<ClipSource>().OrderBy(f => f.Name, StringComparer.Ordinal)]);
    }

    /// <summary>
    /// Returns the SHA-256 of the file; empty if the file is too large, cannot be read, or has no length (a pipe, for example, might never end).
    /// </summary>
    public byte[] Hash() => OnFailure.Return([], () =>
    {
        using var file = Length is > 0 and <= HashedBytes ? File.OpenRead(Path) : null;
        return file is null ? [] : SHA256.HashData(file);
    });

    private static bool Has(ReadOnlySpan<char> fileName, IReadOnlyList<string> extensions) =>
        extensions.Contains(System.IO.Path.GetExtension(fileName.ToString()), StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// Returns whether a file or folder is hidden, based on its name. On Windows, the <c>.tinysora</c> folder next to the clips does not have the hidden
    /// attribute. macOS adds the folder <c>__MACOSX</c>, with attributes of the other files, to zip archives.
    /// </summary>
    internal static bool IsHidden(ReadOnlySpan<char> fileName) => fileName[0] == '.' || fileName is "__MACOSX";

    /// <summary>Returns the path of a folder, ending with a separator, in which neither the folder nor any folder above it is a link.</summary>
    private static string WithoutLinks(string folder)
    {
        var path = System.IO.Path.TrimEndingDirectorySeparator(folder);
        if (System.IO.Path.GetDirectoryName(path) is not string parent)
        {
            return folder; // a root
        }

        var own = new DirectoryInfo(System.IO.Path.Combine(WithoutLinks(parent), System.IO.Path.GetFileName(path)));
        return own.ResolveLinkTarget(returnFinalTarget: true) is FileSystemInfo target ? WithoutLinks(target.FullName)
            : own.FullName + System.IO.Path.DirectorySeparatorChar;
    }

    /// <returns>
    /// The clip, with length 0 if it is a broken link, so that reading it reports the error; <c>null</c> if the file was removed after its folder was read.
    /// </returns>
    private static ClipSource? Describe(string root, FileInfo file)
    {
        var (length, modified) = FileStamp.Of(file.FullName) ?? default;
        return file.Exists ? new(System.IO.Path.GetRelativePath(root, file.FullName).Replace('\\', '/'), file.FullName, length, modified.Ticks) : null;
    }
}

/// <summary>Finds the clips that a command's path refers to.</summary>
public static class ClipPaths
{
    /// <summary>
    /// Returns the clips in a folder, ordered by name. If there are none, returns the clips in its subfolders, such as train and val. For a file,
    /// returns the file itself.
    /// </summary>
    /// <exception cref="TinySoraException">NoClips, FolderUnreadable.</exception>
    public static IReadOnlyList<string> In(string path)
    {
        if (!Directory.Exists(path))
        {
            return [path];
        }

        var below = ClipSource.Require(path);
        var own = below.Where(clip => !clip.Name.Contains('/', StringComparison.Ordinal)).ToList();
        return [.. (own.Count > 0 ? own : below).Select(clip => clip.Path)];
    }
}
