using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;
using System.Text;

namespace TinySora.Engine.Media.Png;

/// <summary>Writes PNG images with 8 bits per channel: grayscale, RGB, RGBA or palette indices (PNG specification, third edition).</summary>
internal static class PngWriter
{
    /// <summary>Keyword at the beginning of a tEXt chunk with a comment.</summary>
    public static ReadOnlySpan<byte> LatinComment => "Comment\0"u8;

    /// <summary>Keyword at the beginning of an iTXt chunk with a comment: uncompressed, without language and translation.</summary>
    public static ReadOnlySpan<byte> Utf8Comment => "Comment\0\0\0\0\0"u8;

    /// <param name="palette">RGB triples of up to 256 entries; the clip's only channel then contains indices.</param>
    public static void Write(Stream output, Clip clip, string? comment, byte[]? palette = null, CancellationToken cancellationToken = default)
    {
        output.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10]);
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, clip.Width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), clip.Height);
        header[8] = 8;
        header[9] = (byte)(palette != null ? 3 : clip.Channels switch { 1 => 0, 3 => 2, _ => 6 });
        WriteChunk(output, "IHDR", header);
        if (palette != null)
        {
            WriteChunk(output, "PLTE", palette);
        }

        if (!string.IsNullOrEmpty(comment))
        {
            // iTXt contains UTF-8. Older programs read only tEXt, which contains Latin-1.
            if (comment.All(c => c < 256))
            {
                WriteChunk(output, "tEXt", [.. LatinComment, .. Encoding.Latin1.GetBytes(comment)]);
            }
            else
            {
                WriteChunk(output, "iTXt", [.. Utf8Comment, .. Encoding.UTF8.GetBytes(comment)]);
            }
        }
        WriteChunk(output, "IDAT", Compress(clip, cancellationToken));
        WriteChunk(output, "IEND", []);
    }

    private static byte[] Compress(Clip clip, CancellationToken cancellationToken)
    {
        using var compressed = new MemoryStream();
        using (var zlib = new ZLibStream(compressed, CompressionLevel.Optimal))
        {
            var stride = clip.Width * clip.Channels;
            var line = new byte[stride + 1];
            // Filter "up": these images consist of enlarged pixels and flat areas, whose repeated rows become zeros.
            line[0] = 2;
            for (var y = 0; y < clip.Height; y++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var row = y * stride;
                for (var x = 0; x < stride; x++)
                {
                    line[x + 1] = (byte)(clip.Pixels[row + x] - (y > 0 ? clip.Pixels[row - stride + x] : 0));
                }

                zlib.Write(line);
            }
        }
        return compressed.ToArray();
    }

    private static void WriteChunk(Stream output, string type, byte[] data)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        output.Write(number);
        var name = Encoding.ASCII.GetBytes(type);
        output.Write(name);
        output.Write(data);
        var crc = new Crc32();
        crc.Append(name);
        crc.Append(data);
        BinaryPrimitives.WriteUInt32BigEndian(number, crc.GetCurrentHashAsUInt32());
        output.Write(number);
    }
}
