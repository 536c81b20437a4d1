using System.IO.Compression;
using TinySora.Engine.Errors;
using static TorchSharp.torch;

namespace TinySora.Engine.Interop;

/// <summary>Several named arrays in one file: a zip archive of <c>.npy</c> files, as <c>numpy.savez</c> and <c>savez_compressed</c> write it.</summary>
public sealed class NpzFile : IDisposable
{
    private const string Extension = ".npy";

    /// <summary>No deflated stream is longer than 1032 times its length; what claims to be is no array but a trap.</summary>
    private const long MostOfDeflate = 1032;

    /// <summary>The same arrays make the same file; a zip knows no earlier day.</summary>
    private static readonly DateTimeOffset Timestamp = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly string path;
    private readonly ZipArchive archive;
    private readonly Dictionary<string, ZipArchiveEntry> entries = [];

    private NpzFile(string path, ZipArchive archive)
    {
        this.path = path;
        this.archive = archive;
        foreach (var entry in archive.Entries.Where(entry => entry.FullName.EndsWith(Extension, StringComparison.Ordinal)))
        {
            entries.TryAdd(entry.FullName[..^Extension.Length], entry);
        }
    }

    /// <summary>In the order of the file.</summary>
    public IReadOnlyList<string> Names => [.. entries.Keys];

    /// <exception cref="TinySoraException">TinySora.Data.NpyUnreadable.</exception>
    public static NpzFile Open(string path)
    {
        FileStream? stream = null;
        try
        {
            stream = File.OpenRead(path);
            return new NpzFile(path, new ZipArchive(stream, ZipArchiveMode.Read));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            stream?.Dispose();
            throw DataErrors.NpyUnreadable(path, e);
        }
    }

    /// <returns>A new tensor on the CPU; see <see cref="NpyFile"/>.</returns>
    /// <exception cref="TinySoraException">TinySora.Data.NpyUnreadable, also when there is no array of that name.</exception>
    public Tensor Read(string name)
    {
        try
        {
            if (!entries.TryGetValue(name, out var entry))
            {
                throw new InvalidDataException($"it has no array {name}, but {string.Join(", ", Names)}");
            }

            if (entry.Length / MostOfDeflate > entry.CompressedLength)
            {
                throw new InvalidDataException($"its array {name} is said to grow from {entry.CompressedLength} to {entry.Length} bytes");
            }

            using var stream = entry.Open();
            return NpyFile.Read(stream, entry.Length);
        }
        catch (Exception e) when (e is IOException or InvalidDataException or NotSupportedException)
        {
            throw DataErrors.NpyUnreadable(path, e);
        }
    }

    /// <summary>The file appears whole or not at all.</summary>
    /// <param name="compress">Deflated, as by <c>savez_compressed</c>; else stored.</param>
    /// <exception cref="TinySoraException">TinySora.Data.NpyUnwritable.</exception>
    public static void Write(string path, IEnumerable<(string Name, Tensor Array)> arrays, bool compress = false) => AtomicFile.WriteDurably(path, stream =>
    {
        using var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true);
        foreach (var (name, array) in arrays)
        {
            var entry = archive.CreateEntry(name + Extension, compress ? CompressionLevel.Optimal : CompressionLevel.NoCompression);
            entry.LastWriteTime = Timestamp;
            using var content = entry.Open();
            NpyFile.Write(content, array);
        }
    }, DataErrors.NpyUnwritable);

    public void Dispose() => archive.Dispose();
}
