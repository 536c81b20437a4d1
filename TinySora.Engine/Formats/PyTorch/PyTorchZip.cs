using System.IO.Compression;
using TinySora.Engine.Errors;

namespace TinySora.Engine.Formats.PyTorch;

/// <summary>
/// PyTorch's file format since version 1.6: a zip archive with NAME/data.pkl, and NAME/data/KEY for every storage. Nothing is extracted to disk, and
/// entries are read only by their complete names.
/// </summary>
internal sealed class PyTorchZip : IPyTorchContainer
{
    private const string PickleName = "/data.pkl";
    private const int MaxEntries = 200_000;

    /// <summary>Maximum compression ratio, used to detect zip bombs. Pickles compress by a factor of about ten, and weights hardly at all.</summary>
    private const int HighestRatio = 100;
    private const long FreeLength = 64 << 20;

    private readonly ZipArchive archive;
    private readonly Dictionary<string, ZipArchiveEntry> entries = [];
    private readonly string prefix;
    private readonly byte[] skipped = new byte[1 << 16];

    // Only one storage is open at a time. The views of a storage are read one after another, and large views in pieces.
    private Stream? open;
    private string? openKey;
    private long openPosition;

    /// <exception cref="TinySoraException">NotPyTorch, RunsCode.</exception>
    /// <exception cref="InvalidDataException">The file is corrupt.</exception>
    public PyTorchZip(Stream file, string path)
    {
        archive = OpenArchive(file);
        Index();
        var pickles = entries.Keys.Where(name => name.EndsWith(PickleName, StringComparison.Ordinal)).ToList();
        if (pickles is not [var pickle])
        {
            throw WeightFileErrors.NotPyTorch(path, $"it is a zip archive with {pickles.Count} entries named data.pkl");
        }

        prefix = pickle[..^PickleName.Length];
        CheckByteOrder();
        var machine = new PickleMachine(Unpack(entries[pickle]), path);
        Root = machine.Load();
        foreach (var storage in machine.Storages)
        {
            Check(storage);
        }
    }

    public object? Root { get; }

    public void Read(string key, long begin, Span<byte> destination)
    {
        if (open is null || openKey != key || begin < openPosition)
        {
            open?.Dispose();
            (open, openKey, openPosition) = (Storage(key)!.Open(), key, 0);
        }

        while (openPosition < begin)
        {
            var part = skipped.AsSpan(0, (int)Math.Min(skipped.Length, begin - openPosition));
            open.ReadExactly(part);
            openPosition += part.Length;
        }

        open.ReadExactly(destination);
        openPosition += destination.Length;
    }

    public void Dispose()
    {
        open?.Dispose();
        archive.Dispose();
    }

    /// <summary>Opens the archive. A truncated archive has no central directory, because the directory is at the end.</summary>
    private static ZipArchive OpenArchive(Stream file)
    {
        try
        {
            var archive = new ZipArchive(file, ZipArchiveMode.Read);
            _ = archive.Entries; // Reads the central directory.
            return archive;
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"it is a zip archive that is truncated or modified ({e.Message.TrimEnd('.')})");
        }
    }

    private void Index()
    {
        if (archive.Entries.Count > MaxEntries)
        {
            throw new InvalidDataException($"it has {archive.Entries.Count} entries, which is too many");
        }

        foreach (var entry in archive.Entries)
        {
            var name = entry.FullName;
            var problem = entry.IsEncrypted ? "is encrypted"
                : name.StartsWith('/') || name.Contains('\\') || name.Split('/').Contains("..") ? "points outside the archive"
                : entry.Length > FreeLength && entry.Length / HighestRatio > entry.CompressedLength
                    ? $"claims to expand from {entry.CompressedLength} to {entry.Length} bytes"
                : !entries.TryAdd(name, entry) ? "is a duplicate"
                : null;
            if (problem is not null)
            {
                throw new InvalidDataException($"its entry '{name}' {problem}");
            }
        }
    }

    private void CheckByteOrder()
    {
        if (entries.TryGetValue(prefix + "/byteorder", out var entry))
        {
            using var reader = new StreamReader(Unpack(entry));
            if (reader.ReadToEnd().Trim() != "little")
            {
                throw new InvalidDataException("its numbers are big-endian; only little-endian numbers are supported");
            }
        }
    }

    private ZipArchiveEntry? Storage(string key) => entries.GetValueOrDefault($"{prefix}/data/{key}");

    private void Check(PickledStorage storage)
    {
        var entry = Storage(storage.Key) ?? throw new InvalidDataException($"the data '{storage.Key}' is missing");
        if (entry.Length < storage.Length)
        {
            throw new InvalidDataException($"its data '{storage.Key}' has {entry.Length} bytes instead of {storage.Length}");
        }
    }

    private static MemoryStream Unpack(ZipArchiveEntry entry)
    {
        if (entry.Length > PickleReader.LongestPickle)
        {
            throw new InvalidDataException($"its entry '{entry.FullName}' has {entry.Length} bytes, which is too long");
        }

        using var packed = entry.Open();
        var bytes = new byte[entry.Length];
        packed.ReadExactly(bytes);
        return new MemoryStream(bytes);
    }
}
