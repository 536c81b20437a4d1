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
/// Unpacks zip and tar files from outside. Refused as a whole are names that lead out of the folder, links and devices,
/// two entries of one name, and contents out of all proportion to the file; damaged ones are found by their check sums.
/// </summary>
internal sealed class Archive
{
    private const int EntryLimit = 2_000_000;

    /// <summary>Videos hardly shrink and texts to a tenth; what unpacks to more than this many times its size is a bomb.</summary>
    private const int RatioLimit = 100;

    /// <summary>The bytes to which any archive may unpack, however small it is.</summary>
    private const long FreeBytes = 16 << 20;

    /// <summary>The endings of archives, longer ones first: data.tar.gz is no .gz file.</summary>
    private static readonly string[] Extensions = [".tar.gz", ".tgz", ".tar", ".zip"];

    /// <summary>The endings of a dataset's texts and numbers, which are unpacked, too.</summary>
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

    /// <summary>Whether a path is a file that is named as an archive.</summary>
    public static bool IsArchive(string path) => File.Exists(path) && Extensions.Any(e => path.EndsWith(e, StringComparison.OrdinalIgnoreCase));

    /// <summary>
    /// Unpacks the media, captions, tables and vectors of an archive, and videos that are not read, so that they can be named; other files are checked and
    /// left out.
    /// </summary>
    /// <param name="target">A new folder.</param>
    /// <param name="progress">Told the MiB of the archive that are read.</param>
    /// <exception cref="TinySoraException">UnsafeArchive or DamagedArchive; the folder may hold a part then.</exception>
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
            // The readers of .NET answer what they do not expect with exceptions of a dozen types, of overflows and of missing keys among them.
            throw DataErrors.DamagedArchive(path, e.Message, e);
        }
    }

    private void UnpackZip()
    {
        const int linkType = 0xA000;
        using var zip = new ZipArchive(file, ZipArchiveMode.Read, leaveOpen: true);

        // What is no UTF-8 comes out alike; so it is read in the code page of the format, in which every byte is a letter.
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
                    throw DataErrors.DamagedArchive(path, $"the check sum of '{entry.FullName}' is wrong.");
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
            if (!isFile && entry.EntryType is not (TarEntryType.Directory or TarEntryType.GlobalExtendedAttributes))
            {
                throw Unsafe(entry.Name, $"is no file but a {entry.EntryType}");
            }

            if (entry.EntryType != TarEntryType.GlobalExtendedAttributes && Place(entry.Name, !isFile) is string place)
            {
                Copy(entry.DataStream ?? Stream.Null, place, entry.ModificationTime.UtcDateTime);
            }
        }

        // gzip's check sum comes after the last byte.
        Copy(stream, null, default);
    }

    /// <summary>The path that an entry is unpacked to; null for one that is not wanted.</summary>
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
            throw Unsafe(name, "leads out of the folder");
        }

        // Windows would write it into a hidden part of the file that is named before the colon.
        if (OperatingSystem.IsWindows() && name.Contains(':'))
        {
            throw Unsafe(name, "has a colon in its name, which Windows does not allow");
        }

        var extension = Path.GetExtension(place).ToLowerInvariant();
        var isWanted = ClipFile.ReadableExtensions.Contains(extension) || DataExtensions.Contains(extension) || VideoFormats.UnreadName(place) is not null;
        return !isFolder && isWanted ? place : null;
    }

    /// <summary>Copies a file, or reads to the end only, and gives the check sum.</summary>
    private uint Copy(Stream content, string? place, DateTime modified)
    {
        if (place is not null && File.Exists(place))
        {
            throw Unsafe(Path.GetRelativePath(target, place), "is there twice");
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
            // An import that goes on knows by it that the file is the same.
            Write(() => File.SetLastWriteTimeUtc(place, modified));
        }

        return crc.GetCurrentHashAsUInt32();
    }

    private static FileStream Create(string place)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(place)!);
        return new FileStream(place, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
    }

    /// <summary>Writes something below the target; what the system says against that is not the archive's fault.</summary>
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
