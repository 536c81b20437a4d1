using System.IO.Enumeration;
using System.Security.Cryptography;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;
using TinySora.Engine.Media.Files;

namespace TinySora.Engine.Data;

/// <summary>A clip's file as it was found, with its length and time.</summary>
/// <param name="Name">Path below the folder, with forward slashes on every system.</param>
/// <param name="Modified">Ticks, UTC.</param>
internal sealed record ClipSource(string Name, string Path, long Length, long Modified)
{
    /// <summary>The extensions of animations and videos; a still picture is no clip.</summary>
    public static IReadOnlyList<string> Extensions { get; } =
        [.. ClipFile.ReadableExtensions.Where(e => ClipFile.IsGif(e) || ClipFile.IsVideo(e))];

    /// <summary>The extensions of still pictures, which only an image dataset looks for.</summary>
    public static IReadOnlyList<string> StillExtensions { get; } = [.. ClipFile.ReadableExtensions.Where(ClipFile.IsStill)];

    /// <summary>
    /// The size in bytes above which files are told apart by length and time alone: a long film costs no more than its first frames.
    /// </summary>
    public const long HashedBytes = 1 << 26;

    /// <summary>All clips below a folder in ordinal order of their names; hidden files are left out, and a linked folder is searched once.</summary>
    /// <exception cref="TinySoraException">The folder is missing or cannot be read.</exception>
    public static IReadOnlyList<ClipSource> Find(string folder, CancellationToken cancellationToken = default) => Find(folder, Extensions, cancellationToken);

    /// <summary>All clips below a folder that must have one; see <see cref="Find(string, CancellationToken)"/>.</summary>
    /// <exception cref="TinySoraException">The folder is missing, cannot be read or holds no clip.</exception>
    public static IReadOnlyList<ClipSource> Require(string folder, CancellationToken cancellationToken = default) =>
        Find(folder, cancellationToken) is { Count: > 0 } clips ? clips : throw DataErrors.NoClips(folder, Extensions);

    /// <inheritdoc cref="Find(string, CancellationToken)"/>
    /// <param name="extensions">Of the files to find.</param>
    public static IReadOnlyList<ClipSource> Find(string folder, IReadOnlyList<string> extensions, CancellationToken cancellationToken = default) =>
        Find(folder, extensions, isOther: false, cancellationToken);

    /// <summary>All files below a folder that are no clips; hidden ones are left out.</summary>
    /// <inheritdoc cref="Find(string, CancellationToken)"/>
    public static IReadOnlyList<ClipSource> FindOthers(string folder, CancellationToken cancellationToken = default) =>
        Find(folder, Extensions, isOther: true, cancellationToken);

    /// <param name="isOther">Whether to find the files that have none of the extensions.</param>
    private static ClipSource[] Find(string folder, IReadOnlyList<string> extensions, bool isOther, CancellationToken cancellationToken)
    {
        if (!Directory.Exists(folder))
        {
            throw DataErrors.FolderMissing(folder, extensions);
        }

        var root = System.IO.Path.GetFullPath(folder);
        // A link back to where it was found would never end, and what one to a folder below the root leads to is found anyway.
        HashSet<string> seen = [];
        bool IsNew(FileSystemInfo entry)
        {
            if (entry.ResolveLinkTarget(returnFinalTarget: true) is not FileSystemInfo link)
            {
                return true; // it is kept in a cloud
            }

            var (top, target) = (WithEnd(root), WithEnd(link.FullName));
            return !target.StartsWith(top, StringComparison.Ordinal) && !top.StartsWith(target, StringComparison.Ordinal) && seen.Add(target);
        }

        static string WithEnd(string path) => System.IO.Path.TrimEndingDirectorySeparator(path) + System.IO.Path.DirectorySeparatorChar;

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
                !IsHidden(e.FileName) && (!e.Attributes.HasFlag(FileAttributes.ReparsePoint) || IsNew(e.ToFileSystemInfo())),
        };
        return OnFailure.Throw<ClipSource[]>(
            folder, DataErrors.FolderUnreadable, () => [.. files.OfType<ClipSource>().OrderBy(f => f.Name, StringComparer.Ordinal)]);
    }

    /// <summary>SHA-256 of the file; empty for one that is too large, cannot be read, or has no length, as a pipe, which never ends.</summary>
    public byte[] Hash()
    {
        try
        {
            using var file = Length is > 0 and <= HashedBytes ? File.OpenRead(Path) : null;
            return file is null ? [] : SHA256.HashData(file);
        }
        catch (Exception e) when (FileFailure.Is(e))
        {
            return [];
        }
    }

    private static bool Has(ReadOnlySpan<char> fileName, IReadOnlyList<string> extensions) =>
        extensions.Contains(System.IO.Path.GetExtension(fileName.ToString()), StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// Whether a file or folder is hidden, by its name. Windows does not set the attribute for <c>.tinysora</c>, which lies among the clips.
    /// </summary>
    private static bool IsHidden(ReadOnlySpan<char> fileName) => fileName[0] == '.';

    /// <returns>null for a file that was removed since its folder was read.</returns>
    private static ClipSource? Describe(string root, FileInfo file) => !file.Exists ? null : new(
        System.IO.Path.GetRelativePath(root, file.FullName).Replace('\\', '/'),
        file.FullName, file.Length, file.LastWriteTimeUtc.Ticks);
}

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

        var below = ClipSource.Require(path);
        var own = below.Where(clip => !clip.Name.Contains('/', StringComparison.Ordinal)).ToList();
        return [.. (own.Count > 0 ? own : below).Select(clip => clip.Path)];
    }
}
