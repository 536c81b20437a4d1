using System.Buffers.Binary;

namespace TinySora.Engine.Media.Formats;

/// <summary>
/// Camera orientation of an image. Pixels are stored in the orientation of the sensor, and a number from 1 to 8 specifies how to rotate and mirror them (Exif
/// 2.32, tag 0x0112).
/// </summary>
internal static class ExifOrientation
{
    private const int Upright = 1;
    private const int Tag = 0x0112, EntryLength = 12;
    private const byte ApplicationSegment = 0xE1, StartOfScan = 0xDA;

    private static ReadOnlySpan<byte> Start => [0xFF, 0xD8];

    /// <summary>Prefix of the Exif data in JPEG files, and in files of other formats that some programs write.</summary>
    private static ReadOnlySpan<byte> Name => "Exif\0\0"u8;

    /// <summary>Returns the orientation of a JPEG, WebP or TIFF, from 1 to 8; 1 (unrotated) if the file does not specify one or has another format.</summary>
    public static int Of(ReadOnlySpan<byte> file) =>
        file.StartsWith(Start) ? OfJpeg(file) : file.Length > 12 && file[8..].StartsWith("WEBP"u8) ? OfWebP(file[12..]) : OfTiff(file);

    private static int OfJpeg(ReadOnlySpan<byte> file)
    {
        // Segments, each with a marker, a length and data of that length, follow one another up to the pixels.
        for (var at = 2; at + 4 <= file.Length && file[at] == 0xFF && file[at + 1] != StartOfScan;)
        {
            var (mark, length) = (file[at + 1], BinaryPrimitives.ReadUInt16BigEndian(file[(at + 2)..]));
            var content = file[Math.Min(at + 4, file.Length)..Math.Clamp(at + 2 + length, at + 4, file.Length)];
            if (mark == ApplicationSegment && content.StartsWith(Name))
            {
                return OfTiff(content[Name.Length..]);
            }

            at += 2 + length;
        }

        return Upright;
    }

    /// <summary>Returns the image rotated and mirrored for display.</summary>
    public static Clip Apply(Clip clip, int orientation)
    {
        if (orientation == Upright)
        {
            return clip;
        }

        var (isOnItsSide, fromBelow, fromRight) = (orientation >= 5, orientation is 3 or 4 or 6 or 7, orientation is 2 or 3 or 7 or 8);
        var (height, width) = isOnItsSide ? (clip.Width, clip.Height) : (clip.Height, clip.Width);
        var pixels = new byte[clip.Pixels.Length];
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                var (row, column) = isOnItsSide ? (x, y) : (y, x);
                row = fromBelow ? clip.Height - 1 - row : row;
                column = fromRight ? clip.Width - 1 - column : column;
                clip.Pixels.AsSpan(((row * clip.Width) + column) * clip.Channels, clip.Channels).CopyTo(pixels.AsSpan(((y * width) + x) * clip.Channels));
            }
        }

        return clip with { Pixels = pixels, Height = height, Width = width };
    }

    /// <param name="chunks">Chunks, each with a name, a length, and data of that length, padded to an even number of bytes.</param>
    private static int OfWebP(ReadOnlySpan<byte> chunks)
    {
        while (chunks.Length >= 8)
        {
            var length = (int)Math.Min(BinaryPrimitives.ReadUInt32LittleEndian(chunks[4..]), (uint)chunks.Length - 8);
            var content = chunks.Slice(8, length);
            if (chunks.StartsWith("EXIF"u8))
            {
                return OfTiff(content.StartsWith(Name) ? content[Name.Length..] : content);
            }

            chunks = chunks[Math.Min(chunks.Length, 8 + length + (length & 1))..];
        }

        return Upright;
    }

    /// <summary>Returns the orientation in the first directory of a TIFF, which is also the format of Exif data; 1 if there is none.</summary>
    public static int OfTiff(ReadOnlySpan<byte> tiff) => TiffValue(tiff, Tag) is >= 1 and <= 8 and int number ? number : Upright;

    /// <summary>Returns the 16-bit value of a tag in the first directory of a TIFF; <c>null</c> if there is none.</summary>
    public static int? TiffValue(ReadOnlySpan<byte> tiff, int tag)
    {
        var isBig = tiff.StartsWith("MM"u8);
        if (tiff.Length < 8 || (!isBig && !tiff.StartsWith("II"u8)))
        {
            return null;
        }

        var directory = isBig ? BinaryPrimitives.ReadUInt32BigEndian(tiff[4..]) : BinaryPrimitives.ReadUInt32LittleEndian(tiff[4..]);
        if (directory > tiff.Length - 2)
        {
            return null;
        }

        var entries = tiff[(int)directory..];
        var count = Short(entries);
        for (entries = entries[2..]; count > 0 && entries.Length >= EntryLength; entries = entries[EntryLength..], count--)
        {
            if (Short(entries) == tag)
            {
                return Short(entries[8..]);
            }
        }

        return null;

        int Short(ReadOnlySpan<byte> bytes) =>
            isBig ? BinaryPrimitives.ReadUInt16BigEndian(bytes) : BinaryPrimitives.ReadUInt16LittleEndian(bytes);
    }
}
