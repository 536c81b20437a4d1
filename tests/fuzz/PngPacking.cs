using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;

namespace TinySora.Fuzz;

/// <summary>Decompresses the pixels of PNG files, so that mutations are not hidden by compression and checksums.</summary>
internal static class PngPacking
{
    private const int Signature = 8, Frame = 12;

    /// <summary>Returns the chunks with the decompressed pixels in one chunk.</summary>
    public static byte[] Unpack(byte[] file)
    {
        var chunks = Chunks(file).ToList();
        var packed = chunks.Where(IsData).SelectMany(chunk => chunk[4..]).ToArray();
        using ZLibStream zlib = new(new MemoryStream(packed), CompressionMode.Decompress);
        var first = chunks.FindIndex(IsData);
        chunks[first] = [.. "IDAT"u8, .. Samples.Written(zlib.CopyTo)];
        return Join(file[..Signature], chunks.Where((chunk, index) => index == first || !IsData(chunk)));
    }

    /// <summary>Returns the chunks with compressed pixels and correct checksums.</summary>
    public static byte[] Pack(byte[] content) => content.Length < Signature ? content
        : Join(content[..Signature], Chunks(content).Select(chunk => IsData(chunk) ? [.. "IDAT"u8, .. Deflated(chunk[4..])] : chunk));

    private static bool IsData(byte[] chunk) => chunk.AsSpan().StartsWith("IDAT"u8);

    /// <summary>Returns the chunks, each beginning with its type; invalid lengths extend to the end of the file.</summary>
    private static IEnumerable<byte[]> Chunks(byte[] file)
    {
        for (var at = Signature; at + Frame <= file.Length;)
        {
            var length = (int)Math.Min(BinaryPrimitives.ReadUInt32BigEndian(file.AsSpan(at)), (uint)(file.Length - at - Frame));
            yield return file[(at + 4)..(at + 8 + length)];
            at += Frame + length;
        }
    }

    private static byte[] Deflated(byte[] content) =>
        Samples.Compress(content, packed => new ZLibStream(packed, CompressionLevel.Fastest, leaveOpen: true));

    private static byte[] Join(byte[] signature, IEnumerable<byte[]> chunks)
    {
        List<byte> file = [.. signature];
        var number = new byte[sizeof(uint)];
        foreach (var chunk in chunks)
        {
            BinaryPrimitives.WriteInt32BigEndian(number, chunk.Length - 4);
            file.AddRange(number);
            file.AddRange(chunk);
            BinaryPrimitives.WriteUInt32BigEndian(number, Crc32.HashToUInt32(chunk));
            file.AddRange(number);
        }

        return [.. file];
    }
}
