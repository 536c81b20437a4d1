using System.Formats.Tar;
using System.IO.Compression;
using System.IO.Hashing;
using System.Text;
using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Errors;
using TinySora.Engine.Media.Files;
using TinySora.Engine.Media.Formats;

namespace TinySora.Engine.Data.Import;

/// <summary>
/// Unpacks untrusted zip and tar files. An archive is rejected as a whole if it contains paths outside the folder, links, devices or duplicate names, or if
/// its content is out of proportion to its size. Checksums detect corrupt files.
/// </summary>
internal sealed class Archive
{
    private const int EntryLimit = 2_000_000;

    /// <summary>
    /// Maximum ratio of unpacked to packed size. Videos hardly compress, and texts compress to a tenth, so a higher ratio is treated as a decompression bomb.
    /// </summary>
    private const int RatioLimit = 100;

    /// <summary>Number of bytes that an archive of any size may unpack to.</summary>
    private const long FreeBytes = 16 << 20;

    /// <summary>Extensions of archives, longer ones first, because data.tar.gz is not a .gz file.</summary>
    private static readonly string[] Extensions = [".tar.gz", ".tgz", ".tar", ".zip"];

    /// <summary>Extensions of a dataset's text and data files, which are also unpacked.</summary>
    private static readonly string[] DataExtensions = [".txt", ".csv", ".json", ".jsonl", ".npy", ".flo"];

    private readonly string path;
    private readonly string target;
    private readonly IProgress<ItemProgress>? progress;
    private readonly CancellationToken cancellationToken;
    private readonly FileStream file;
    private readonly byte[] buffer = new byte[1 << 17];
    private long bytesLeft;
    private int entries;

    private Archive(FileStream file, string target, IProgress<ItemProgress>? progress, CancellationToken cancellationToken)
    {
        (path, this.file, this.progress, this.cancellationToken) = (file.Name, file, progress, cancellationToken);
        this.target = Path.GetFullPath(target);
        bytesLeft = FreeBytes + (RatioLimit * file.Length);
    }

    /// <summary>Returns whether a path is a file with an archive's extension.</summary>
    public static bool IsArchive(string path) => File.Exists(path) && Extensions.Any(e => path.EndsWith(e, StringComparison.OrdinalIgnoreCase));

    /// <summary>
    /// Unpacks the media, captions, tables and vectors in an archive. Unsupported videos are also unpacked so that they can be reported; hidden and other
    /// files are only checked.
    /// </summary>
    /// <param name="target">A new folder.</param>
    /// <param name="progress">Receives the number of MiB read from the archive.</param>
    /// <exception cref="TinySoraException">UnsafeArchive or DamagedArchive; the folder may then contain some of the files.</exception>
    public static void Unpack(string path, string target, IProgress<ItemProgress>? progress, CancellationToken cancellationToken)
    {
        try
        {
            using var file = File.OpenRead(path);
            var archive = new Archive(file, target, progress, cancellationToken);
            archive.Write(() => Directory.CreateDirectory(target));
            if (path.EndsWith(".zip", StringComparison.OrdinalIgnoreCase))
            {
                archive.UnpackZip();
            }
            else if (path.EndsWith(".tar", StringComparison.OrdinalIgnoreCase))
            {
                archive.UnpackTar(file);
            }
            else
            {
                using var tar = new GZipStream(file, CompressionMode.Decompress);
                archive.UnpackTar(tar);
            }
        }
        catch (Exception e) when (FileFailure.Is(e) && e is not (EndOfStreamException or PathTooLongException))
        {
            throw DataErrors.CannotRead(path, e);
        }
        catch (Exception e) when (e is not (TinySoraException or OperationCanceledException or OutOfMemoryException))
        {
            // .NET's readers throw a dozen types of exceptions for unexpected data, including overflows and missing keys.
            throw DataErrors.DamagedArchive(path, e.Message, e);
        }
    }

    private void UnpackZip()
    {
        const int linkType = 0xA000;
        using var zip = new ZipArchive(file, ZipArchiveMode.Read, leaveOpen: true);

        // Bytes that are not UTF-8 would all become U+FFFD, so names are read in the code page of the format, in which every byte is a character.
        using var old = new ZipArchive(file, ZipArchiveMode.Read, leaveOpen: true, CodePagesEncodingProvider.Instance.GetEncoding(437));
        foreach (var entry in zip.Entries.Any(e => e.FullName.Contains('\uFFFD')) ? old.Entries : zip.Entries)
        {
            if (((entry.ExternalAttributes >> 16) & 0xF000) == linkType || entry.IsEncrypted)
            {
                throw Unsafe(entry.FullName, entry.IsEncrypted ? "is encrypted" : "is a link");
            }

            // A folder's name ends with a slash.
            if (Place(entry.FullName, isFolder: entry.Name.Length == 0) is string place)
            {
                using var content = entry.Open();
                if (Copy(content, place, entry.LastWriteTime.UtcDateTime) != entry.Crc32)
                {
                    throw DataErrors.DamagedArchive(path, $"the checksum of '{entry.FullName}' is wrong.");
                }
            }
        }
    }

    private void UnpackTar(Stream stream)
    {
        using var headers = new TarHeaderStream(stream);
        using var tar = new TarReader(headers, leaveOpen: true);
        while (tar.GetNextEntry() is TarEntry entry)
        {
            if (entry.EntryType != TarEntryType.GlobalExtendedAttributes)
            {
                headers.Skip(entry.Length);
            }

            var isFile = entry.EntryType is TarEntryType.RegularFile or TarEntryType.V7RegularFile or TarEntryType.ContiguousFile;
            var name = headers.GetName(entry.Name);
            if (!isFile && entry.EntryType is not (TarEntryType.Directory or TarEntryType.GlobalExtendedAttributes))
            {
                throw Unsafe(name, $"is a {entry.EntryType} instead of a file");
            }

            if (entry.EntryType != TarEntryType.GlobalExtendedAttributes && Place(name, !isFile) is string place)
            {
                Copy(entry.DataStream ?? Stream.Null, place, entry.ModificationTime.UtcDateTime);
            }
        }

        // gzip's checksum follows the last byte.
        Copy(stream, null, default);
    }

    /// <summary>Returns the path to unpack an entry to; <c>null</c> to skip it.</summary>
    private string? Place(string name, bool isFolder)
    {
        cancellationToken.ThrowIfCancellationRequested();
        progress?.Report(new ItemProgress((int)(file.Position >> 20), Math.Max(1, (int)(file.Length >> 20)), name));
        if (++entries > EntryLimit)
        {
            throw DataErrors.UnsafeArchive(path, $"it has more than {EntryLimit} entries");
        }

        var parts = name.Split('/', '\\');
        var place = Path.GetFullPath(Path.Combine(target, Path.Combine(parts)));
        if (parts.Contains("..") || parts[0].Length == 0 || parts[0].EndsWith(':')
            || !(place + Path.DirectorySeparatorChar).StartsWith(target + Path.DirectorySeparatorChar, StringComparison.Ordinal))
        {
            throw Unsafe(name, "points outside the folder");
        }

        // Windows would write to an alternate data stream of the file whose name precedes the colon.
        if (OperatingSystem.IsWindows() && name.Contains(':'))
        {
            throw Unsafe(name, "has a colon in its name, which Windows does not allow");
        }

        var extension = Path.GetExtension(place).ToLowerInvariant();
        var isWanted = ClipFile.ReadableExtensions.Contains(extension) || DataExtensions.Contains(extension) || VideoFormats.UnreadName(place) is not null;
        var isHidden = Path.GetRelativePath(target, place).Split(Path.DirectorySeparatorChar).Any(part => ClipSource.IsHidden(part));
        return !isFolder && isWanted && !isHidden ? place : null;
    }

    /// <summary>Copies a file to a path, or only reads it to the end if there is no path, and returns the checksum.</summary>
    private uint Copy(Stream content, string? place, DateTime modified)
    {
        if (place is not null && File.Exists(place))
        {
            throw Unsafe(Path.GetRelativePath(target, place), "occurs twice");
        }

        var crc = new Crc32();
        var output = Stream.Null;
        if (place is not null)
        {
            Write(() => output = Create(place));
        }

        using (output)
        {
            for (int read; (read = content.Read(buffer)) > 0;)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if ((bytesLeft -= read) < 0)
                {
                    throw DataErrors.UnsafeArchive(path, $"it unpacks to more than {RatioLimit} times its size");
                }

                crc.Append(buffer.AsSpan(0, read));
                Write(() => output.Write(buffer, 0, read));
            }
        }

        if (place is not null)
        {
            // A resumed import recognizes the file by its modification time.
            Write(() => File.SetLastWriteTimeUtc(place, modified));
        }

        return crc.GetCurrentHashAsUInt32();
    }

    private static FileStream Create(string place)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(place)!);
        return new FileStream(place, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
    }

    /// <summary>Writes within the target folder. Operating system errors are not attributed to the archive.</summary>
    private void Write(Action write)
    {
        try
        {
            write();
        }
        catch (Exception e) when (FileFailure.Is(e) && e is not PathTooLongException)
        {
            throw DataErrors.CannotWrite(target, e);
        }
    }

    private TinySoraException Unsafe(string entry, string reason) => DataErrors.UnsafeArchive(path, $"its entry '{entry}' {reason}");
}
