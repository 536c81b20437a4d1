using System.IO.Compression;
using System.Text;

namespace TinySora.Fuzz;

/// <summary>A format of untrusted files, with its reader.</summary>
/// <param name="Name">Name for the option --format.</param>
/// <param name="FileName">Name of the file while it is read.</param>
/// <param name="Samples">Valid files to mutate.</param>
/// <param name="Read">Reads the file at a path as the product does.</param>
internal sealed record Format(string Name, string FileName, Func<IEnumerable<byte[]>> Samples, Action<string> Read)
{
    /// <summary>Maximum number of bytes that reading an input may allocate.</summary>
    public long MaxBytes { get; init; } = 64 << 20;

    /// <summary>Keywords of the format to insert anywhere.</summary>
    public IReadOnlyList<string> Words { get; init; } = [];

    /// <summary>
    /// Converts mutated content to a file with correct checksums, because readers would otherwise stop at the first wrong one.
    /// </summary>
    public Func<byte[], byte[]> Pack { get; init; } = content => content;
}

/// <summary>Creates valid files to mutate.</summary>
internal static class Samples
{
    public static IEnumerable<byte[]> Texts(params IEnumerable<string> texts) => texts.Select(Encoding.UTF8.GetBytes);

    public static IEnumerable<byte[]> Files(string folder, string pattern) =>
        Directory.GetFiles(folder, pattern).Order(StringComparer.Ordinal).Select(File.ReadAllBytes);

    public static byte[] Zip(CompressionLevel level, params IEnumerable<(string Name, byte[] Content)> files) => Written(stream =>
    {
        using ZipArchive zip = new(stream, ZipArchiveMode.Create, leaveOpen: true);
        foreach (var (name, content) in files)
        {
            var entry = zip.CreateEntry(name, level);
            entry.LastWriteTime = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
            using var file = entry.Open();
            file.Write(content);
        }
    });

    /// <param name="packing">Creates a compressing stream.</param>
    public static byte[] Compress(byte[] content, Func<Stream, Stream> packing) => Written(stream =>
    {
        using var packed = packing(stream);
        packed.Write(content);
    });

    public static byte[] Written(Action<Stream> write)
    {
        using MemoryStream stream = new();
        write(stream);
        return stream.ToArray();
    }
}
