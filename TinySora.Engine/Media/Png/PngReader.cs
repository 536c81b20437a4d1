using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;
using System.Text;
using TinySora.Engine.Errors;
using TinySora.Engine.Media.Formats;

namespace TinySora.Engine.Media.Png;

/// <summary>Reads PNG images with every color type and bit depth, interlaced or not (PNG specification, third edition).</summary>
internal sealed class PngReader
{
    // Adam7: first column, first row, column step, row step of the seven passes.
    private static readonly (int X, int Y, int StepX, int StepY)[] Adam7 =
        [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];

    /// <summary>
    /// Maximum number of bytes that one byte of zlib data can expand to. A header that declares more pixels is rejected before memory is allocated.
    /// </summary>
    private const double MaxUnpacked = 1032;

    private readonly string path;
    private readonly MemoryStream compressed = new();
    private byte[] palette = [];
    private byte[] transparency = [];
    private byte[] exif = [];
    private string? comment;
    private int width, height, depth, colorType;
    private uint frames = 1;
    private bool interlaced;

    private PngReader(string path) => this.path = path;

    private int Samples => colorType switch { 2 => 3, 4 => 2, 6 => 4, _ => 1 };

    public static Clip Read(string path, byte[] file, CancellationToken cancellationToken)
    {
        var reader = new PngReader(path);
        reader.ReadChunks(file);
        if (reader.frames > 1)
        {
            throw MediaErrors.AnimatedPicture(path, "PNG", ".apng");
        }

        var rgba = new byte[reader.width * reader.height * 4];
        try
        {
            reader.Decode(rgba, cancellationToken);
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
        {
            throw MediaErrors.Corrupt(path, "its compressed data is corrupt or truncated", e);
        }
        var clip = RgbaFrames.ToClip(rgba, 1, reader.height, reader.width, 100, gray: reader.colorType is 0 or 4);
        return ExifOrientation.Apply(clip, ExifOrientation.OfTiff(reader.exif));
    }

    public static string? ReadComment(string path, byte[] file)
    {
        var reader = new PngReader(path);
        reader.ReadChunks(file);
        return reader.comment;
    }

    private void ReadChunks(ReadOnlySpan<byte> file)
    {
        if (!file.StartsWith((ReadOnlySpan<byte>)[0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10]))
        {
            throw MediaErrors.Corrupt(path, "it is not a PNG file");
        }

        for (var position = 8; ;)
        {
            if (file.Length - position < 12)
            {
                throw MediaErrors.Corrupt(path, "the PNG file is truncated");
            }

            var length = BinaryPrimitives.ReadUInt32BigEndian(file[position..]);
            if (length > file.Length - position - 12)
            {
                throw MediaErrors.Corrupt(path, "the PNG file is truncated");
            }

            var chunk = file.Slice(position + 4, 4 + (int)length);
            ReadOnlySpan<byte> type = chunk[..4], data = chunk[4..];
            position += 12 + (int)length;
            if (BinaryPrimitives.ReadUInt32BigEndian(file[(position - 4)..]) != Crc32.HashToUInt32(chunk))
            {
                throw MediaErrors.Corrupt(path, "a checksum is wrong");
            }

            if (type.SequenceEqual("IEND"u8))
            {
                break;
            }

            ReadChunk(type, data);
        }

        if (colorType == 3 && palette.Length < 3)
        {
            throw MediaErrors.Corrupt(path, "its palette is missing");
        }

        if ((double)width * height * Samples * depth / 8 > compressed.Length * MaxUnpacked)
        {
            throw MediaErrors.Corrupt(path, "its compressed data is corrupt or truncated");
        }

        compressed.Position = 0;
    }

    private void ReadChunk(ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        switch (Encoding.Latin1.GetString(type))
        {
            case "IHDR": ReadHeader(data); break;
            case var _ when width == 0: throw MediaErrors.Corrupt(path, "the PNG file does not begin with a header");
            case "PLTE": palette = data.ToArray(); break;
            case "tRNS": transparency = data.ToArray(); break;
            case "tEXt" when data.StartsWith(PngWriter.LatinComment): comment ??= Encoding.Latin1.GetString(data[PngWriter.LatinComment.Length..]); break;
            case "iTXt" when data.StartsWith(PngWriter.Utf8Comment): comment ??= Encoding.UTF8.GetString(data[PngWriter.Utf8Comment.Length..]); break;
            case "eXIf": exif = data.ToArray(); break;
            case "acTL" when data.Length >= sizeof(uint): frames = BinaryPrimitives.ReadUInt32BigEndian(data); break;
            case "IDAT": compressed.Write(data); break;
        }
    }

    private void ReadHeader(ReadOnlySpan<byte> data)
    {
        if (data.Length != 13)
        {
            throw MediaErrors.Corrupt(path, "its header is corrupt");
        }

        width = BinaryPrimitives.ReadInt32BigEndian(data);
        height = BinaryPrimitives.ReadInt32BigEndian(data[4..]);
        (depth, colorType, interlaced) = (data[8], data[9], data[12] == 1);
        var known = colorType switch
        {
            0 => depth is 1 or 2 or 4 or 8 or 16,
            3 => depth is 1 or 2 or 4 or 8,
            2 or 4 or 6 => depth is 8 or 16,
            _ => false,
        };
        if (!known || width < 1 || height < 1 || data[10] != 0 || data[11] != 0 || data[12] > 1)
        {
            throw MediaErrors.Corrupt(path, $"its header is not valid ({width}x{height} pixels, color type {colorType}, {depth} bits)");
        }

        var decoded = 4L * width * height;
        if (decoded > MediaLimits.DecodedBytes)
        {
            throw MediaErrors.TooLarge(path, decoded, MediaLimits.DecodedBytes);
        }
    }

    private void Decode(byte[] rgba, CancellationToken cancellationToken)
    {
        using var zlib = new ZLibStream(compressed, CompressionMode.Decompress);
        if (!interlaced)
        {
            DecodePass(zlib, rgba, (0, 0, 1, 1), cancellationToken);
        }
        else
        {
            foreach (var pass in Adam7)
            {
                DecodePass(zlib, rgba, pass, cancellationToken);
            }
        }
    }

    private void DecodePass(Stream data, byte[] rgba, (int X, int Y, int StepX, int StepY) pass, CancellationToken cancellationToken)
    {
        var columns = (width - pass.X + pass.StepX - 1) / pass.StepX;
        if (columns <= 0)
        {
            return;
        }

        var stride = (int)(((long)columns * Samples * depth + 7) / 8);
        var distance = Math.Max(1, Samples * depth / 8);
        byte[] line = new byte[stride], above = new byte[stride];
        for (var y = pass.Y; y < height; y += pass.StepY)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var filter = data.ReadByte();
            data.ReadExactly(line);
            Unfilter(filter, line, above, distance);
            for (var i = 0; i < columns; i++)
            {
                Pixel(line, i, rgba.AsSpan((y * width + pass.X + i * pass.StepX) * 4, 4));
            }

            (line, above) = (above, line);
        }
    }

    private static void Unfilter(int filter, byte[] line, byte[] above, int distance)
    {
        for (var i = 0; i < line.Length; i++)
        {
            int left = i < distance ? 0 : line[i - distance], up = above[i];
            line[i] += filter switch
            {
                0 => 0,
                1 => (byte)left,
                2 => (byte)up,
                3 => (byte)((left + up) / 2),
                4 => (byte)Paeth(left, up, i < distance ? 0 : above[i - distance]),
                _ => throw new InvalidDataException($"the filter type {filter} is unknown"),
            };
        }
    }

    /// <summary>Returns the neighboring value that is nearest to left + up - corner.</summary>
    private static int Paeth(int left, int up, int corner)
    {
        int fromLeft = Math.Abs(up - corner), fromUp = Math.Abs(left - corner), fromCorner = Math.Abs(left + up - 2 * corner);
        return fromLeft <= fromUp && fromLeft <= fromCorner ? left : fromUp <= fromCorner ? up : corner;
    }

    private void Pixel(byte[] line, int column, Span<byte> rgba)
    {
        var s0 = Sample(line, column * Samples);
        if (colorType == 3)
        {
            var entry = Math.Min(s0 * 3, palette.Length / 3 * 3 - 3);
            palette.AsSpan(entry, 3).CopyTo(rgba);
            rgba[3] = s0 < transparency.Length ? transparency[s0] : (byte)255;
            return;
        }
        var color = colorType is 2 or 6;
        int s1 = color ? Sample(line, column * Samples + 1) : s0, s2 = color ? Sample(line, column * Samples + 2) : s0;
        rgba[0] = ToByte(s0);
        rgba[1] = ToByte(s1);
        rgba[2] = ToByte(s2);
        rgba[3] = colorType >= 4 ? ToByte(Sample(line, column * Samples + Samples - 1))
            : IsTransparent(s0, s1, s2) ? (byte)0 : (byte)255;
    }

    private int Sample(byte[] line, int index) => depth switch
    {
        16 => line[2 * index] << 8 | line[2 * index + 1],
        8 => line[index],
        _ => line[index * depth / 8] >> 8 - depth - index * depth % 8 & (1 << depth) - 1,
    };

    private byte ToByte(int sample)
    {
        var max = (1 << depth) - 1;
        return (byte)((sample * 255 + max / 2) / max);
    }

    /// <summary>
    /// Returns whether a pixel has the color that the file declares transparent. Grayscale and RGB files may declare such a color, at the file's own bit depth.
    /// </summary>
    private bool IsTransparent(int r, int g, int b) => colorType == 0
        ? transparency.Length >= 2 && r == Named(0)
        : transparency.Length >= 6 && r == Named(0) && g == Named(1) && b == Named(2);

    private int Named(int channel) => transparency[2 * channel] << 8 | transparency[2 * channel + 1];
}
