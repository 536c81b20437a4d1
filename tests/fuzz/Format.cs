using System.IO.Compression;
using System.Text;

namespace TinySora.Fuzz;

/// <summary>One kind of file from outside, and how it is read.</summary>
/// <param name="Name">By which it is chosen.</param>
/// <param name="FileName">What the file is called while it is read.</param>
/// <param name="Samples">Good files, from which others are made by changing them.</param>
/// <param name="Read">Reads a file as the product does; gets its path.</param>
internal sealed record Format(string Name, string FileName, Func<IEnumerable<byte[]>> Samples, Action<string> Read)
{
    /// <summary>The most that reading an input may allocate, in bytes.</summary>
    public long MostBytes { get; init; } = 64 << 20;

    /// <summary>Words that the format knows, to be put anywhere.</summary>
    public IReadOnlyList<string> Words { get; init; } = [];

    /// <summary>
    /// Makes the file out of what was changed: with the check sums that belong to it now, without which every reader would stop at the first of them.
    /// </summary>
    public Func<byte[], byte[]> Pack { get; init; } = content => content;
}

/// <summary>Good files to begin with.</summary>
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

    /// <param name="packing">Stream that compresses what is written to it.</param>
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
