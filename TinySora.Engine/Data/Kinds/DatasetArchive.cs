using System.Security.Cryptography;
using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Data.Captions;
using TinySora.Engine.Data.Import;
using TinySora.Engine.Data.Writing;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;
using TinySora.Engine.Media.Formats;

namespace TinySora.Engine.Data.Kinds;

/// <summary>A finished dataset in a local archive, which is unpacked without changes.</summary>
public sealed class DatasetArchive : DatasetKind
{
    internal DatasetArchive()
    {
    }

    public override string Name => "Archive";

    public override string Description => "A finished dataset from a local .tar.gz, .tgz, .tar or .zip archive (-Source), unpacked without changes.";

    /// <summary>
    /// Unpacks the media, captions, tables and vectors in archives into a folder. Files are moved there after all archives have been checked; unsafe and
    /// corrupt archives contribute no files. Identical existing files are kept, so rerunning the same command resumes.
    /// </summary>
    /// <param name="force">Whether to overwrite files with the same names.</param>
    /// <param name="report">Receives text files that are unusable as captions, and archives that cannot be unpacked if others can.</param>
    /// <returns>The clips among the unpacked files.</returns>
    /// <exception cref="TinySoraException">
    /// A source is missing, is not an archive, is unsafe or corrupt, or has no usable file; a different file exists; writing fails.
    /// </exception>
    public static IReadOnlyList<DatasetClip> Unpack(
        IReadOnlyList<string> sources, string folder, bool force, IProgress<ItemProgress>? progress = null, ImportReport? report = null,
        CancellationToken cancellationToken = default)
    {
        var archives = sources.Where(Archive.IsArchive).ToList();
        foreach (var failure in sources.Except(archives).Select(s => Path.Exists(s) ? DataErrors.NoArchive(s) : DataErrors.SourceMissing(s)))
        {
            if (archives.Count == 0 || report?.Failed is null)
            {
                throw failure;
            }

            report.Failed(failure);
        }

        using var unpacked = new UnpackedSources(folder) { Failed = report?.Failed };
        var files = unpacked.Open(archives, progress, cancellationToken).SelectMany(FilesIn).ToList();
        if (files.Count == 0)
        {
            throw DataErrors.NoVideos(sources, ClipSource.Extensions);
        }

        OnFailure.Throw(folder, DataErrors.CannotWrite, () =>
        {
            var missing = files.Where(f => !IsThere(f.Path, Path.Combine(folder, f.Name), force)).ToList();
            DiskFlush.FlushFiles([.. missing.Select(file => file.Path)]);
            for (var i = 0; i < missing.Count; i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var place = Path.Combine(folder, missing[i].Name);
                DiskFlush.CreateFolder(Path.GetDirectoryName(place)!);
                Move(missing[i].Path, place, force);
                DiskFlush.NoteName(place);
                progress?.Report(new ItemProgress(i + 1, missing.Count, place));
            }
        });

        string[] clips =
            [.. files.Select(f => Path.Combine(folder, f.Name)).Where(path => ClipSource.Extensions.Contains(Path.GetExtension(path).ToLowerInvariant()))];
        CaptionFile.Problems(clips).ToList().ForEach(report?.Warning ?? (_ => { }));
        return [.. clips.Select(path => new DatasetClip(path, CaptionFile.ReadAll(path)))];
    }

    /// <summary>Returns the deepest folder that contains all clips, which is the dataset's own folder if the archive has one.</summary>
    public static string FolderOf(string folder, IEnumerable<string> clips)
    {
        var tops = clips.Select(c => Path.GetRelativePath(folder, c).Split(Path.DirectorySeparatorChar))
            .Select(parts => parts.Length > 1 ? parts[0] : "").Distinct().Take(2).ToList();
        return tops is [{ Length: > 0 } top] ? Path.Combine(folder, top) : folder;
    }

    private static IEnumerable<(string Path, string Name)> FilesIn(string folder) =>
        Directory.GetFiles(folder, "*", SearchOption.AllDirectories)
            .Where(file => VideoFormats.UnreadName(file) is null).Order(StringComparer.Ordinal).Select(f => (f, Path.GetRelativePath(folder, f)));

    /// <exception cref="TinySoraException">A different file exists at this path.</exception>
    private static bool IsThere(string file, string place, bool force)
    {
        if (!FileContent.IsTaken(place))
        {
            return false;
        }

        var isEqual = File.Exists(place) && AreEqual(file, place);
        return isEqual || force ? isEqual : throw DataErrors.OutputExists(place);
    }

    private static void Move(string file, string place, bool force)
    {
        if (force)
        {
            File.Move(file, place, overwrite: true);
        }
        else if (!ExclusiveRename.TryMove(file, place) && !IsThere(file, place, force))
        {
            throw DataErrors.OutputExists(place);
        }
    }

    private static bool AreEqual(string one, string other)
    {
        var length = LengthOf(one);
        if (length != LengthOf(other) || length == 0)
        {
            // A pipe has no length, and it must not be opened.
            return length == LengthOf(other);
        }

        using var first = File.OpenRead(one);
        using var second = File.OpenRead(other);
        return SHA256.HashData(first).AsSpan().SequenceEqual(SHA256.HashData(second));
    }

    /// <returns>The length in bytes; -1 for a broken link.</returns>
    private static long LengthOf(string path) => FileStamp.Of(path)?.Length ?? -1;
}
