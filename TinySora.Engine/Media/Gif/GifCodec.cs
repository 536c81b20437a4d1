using System.Text;
using TinySora.Engine.Errors;

namespace TinySora.Engine.Media.Gif;

/// <summary>
/// Animated GIF, the format of datasets and generated videos, written with one palette for all frames. A custom codec writes the same bytes on every machine,
/// and preserves up to 256 colors exactly.
/// </summary>
public static class GifCodec
{
    /// <returns>A clip with three channels, or four if any pixel of any frame is transparent.</returns>
    /// <exception cref="TinySoraException">The file is not a GIF, is corrupt (the message specifies the frame), or is too large.</exception>
    public static Clip Read(string path) => ReadTimed(path).Clip;

    /// <returns>The result of <see cref="Read"/>, and the end times of the frames in seconds; <c>null</c> if all durations are equal.</returns>
    /// <inheritdoc cref="Read"/>
    internal static (Clip Clip, IReadOnlyList<double>? Ends) ReadTimed(string path, CancellationToken cancellationToken = default)
    {
        var gif = GifParser.Parse(path, MediaLimits.ReadAllBytes(path), MediaLimits.DecodedBytes);
        var clip = MediaLimits.DecodeSerially(gif.DecodedBytes, () => ToClip(gif, GifComposer.Compose(gif, path, cancellationToken)));
        var end = 0;
        return (clip, gif.Images.All(image => image.Delay == gif.Images[0].Delay) ? null : [.. gif.Images.Select(image => (end += image.Delay) / 100.0)]);
    }

    /// <summary>Writes an endless loop, preserving up to 256 colors exactly, without dithering.</summary>
    /// <param name="clip">Clip with one, three or four channels; pixels with alpha below one half become transparent.</param>
    public static void Write(Stream output, Clip clip, string? comment = null, CancellationToken cancellationToken = default)
    {
        var palette = ColorPalette.Build(clip, cancellationToken: cancellationToken);
        var tableBits = 1;
        while (1 << tableBits < palette.Count)
        {
            tableBits++;
        }

        using var writer = new BinaryWriter(output, Encoding.UTF8, leaveOpen: true);
        writer.Write("GIF89a"u8);
        writer.Write((ushort)clip.Width);
        writer.Write((ushort)clip.Height);
        writer.Write((byte)(0xF0 | tableBits - 1));
        writer.Write((ushort)0); // background color, aspect ratio
        writer.Write(palette.Rgb);
        writer.Write(new byte[3 * ((1 << tableBits) - palette.Count)]);
        if (clip.Frames > 1)
        {
            writer.Write([0x21, 0xFF, 11]);
            writer.Write("NETSCAPE2.0"u8);
            writer.Write([3, 1, 0, 0, 0]); // loop forever
        }
        if (!string.IsNullOrEmpty(comment))
        {
            WriteComment(writer, Encoding.UTF8.GetBytes(comment));
        }

        WriteFrames(writer, clip, palette, Math.Max(2, tableBits), cancellationToken);
        writer.Write((byte)0x3B);
    }

    /// <summary>Reads the comment that <see cref="Write"/> stored; <c>null</c> if there is none.</summary>
    /// <exception cref="TinySoraException">The file is not a GIF, is corrupt (the message specifies the frame), or is too large.</exception>
    public static string? ReadComment(string path) =>
        GifParser.Parse(path, MediaLimits.ReadAllBytes(path), MediaLimits.DecodedBytes).Comment;

    /// <summary>Returns a clip whose frames have the mean duration, so that it lasts as long as the file.</summary>
    private static Clip ToClip(GifParser gif, byte[] rgba) => RgbaFrames.ToClip(
        rgba, gif.Images.Count, gif.Height, gif.Width, (int)Math.Round(gif.Images.Average(image => image.Delay) * 10, MidpointRounding.AwayFromZero));

    private static void WriteComment(BinaryWriter writer, byte[] text)
    {
        writer.Write([0x21, 0xFE]);
        foreach (var part in text.Chunk(255))
        {
            writer.Write((byte)part.Length);
            writer.Write(part);
        }
        writer.Write((byte)0);
    }

    private static void WriteFrames(BinaryWriter writer, Clip clip, ColorPalette palette, int minCodeSize, CancellationToken cancellationToken)
    {
        byte[]? previous = null;
        var end = 0L;
        for (var i = 0; i < clip.Frames; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var indices = palette.Map(clip.Frame(i), clip.Channels);
            // Keep opaque frames on screen, so that the next frame only stores the changed rectangle.
            var opaque = palette.TransparentIndex < 0;
            var (left, top, width, height) = opaque && previous != null
                ? Changed(previous, indices, clip.Width, clip.Height)
                : (0, 0, clip.Width, clip.Height);

            writer.Write([0x21, 0xF9, 4, (byte)(opaque ? 1 << 2 : 2 << 2 | 1)]);
            // Rounding the end times instead of the delays preserves the average rate.
            var delay = (ushort)Math.Clamp(((((i + 1L) * clip.FrameMilliseconds) + 5) / 10) - end, GifParser.MinDelay, ushort.MaxValue);
            end += delay;
            writer.Write(delay);
            writer.Write((byte)Math.Max(0, palette.TransparentIndex));
            writer.Write((byte)0);
            writer.Write((byte)0x2C);
            foreach (var value in (int[])[left, top, width, height])
            {
                writer.Write((ushort)value);
            }

            writer.Write((byte)0);

            var rectangle = new byte[width * height];
            for (var y = 0; y < height; y++)
            {
                indices.AsSpan((top + y) * clip.Width + left, width).CopyTo(rectangle.AsSpan(y * width));
            }

            writer.Flush();
            LzwEncoder.Encode(writer.BaseStream, rectangle, minCodeSize);
            previous = indices;
        }
    }

    /// <summary>Returns the smallest rectangle that contains every difference; one pixel if the frames are equal.</summary>
    private static (int Left, int Top, int Width, int Height) Changed(byte[] before, byte[] now, int width, int height)
    {
        int left = width, top = height, right = -1, bottom = -1;
        for (var i = 0; i < now.Length; i++)
        {
            if (before[i] == now[i])
            {
                continue;
            }

            var (y, x) = Math.DivRem(i, width);
            (left, right) = (Math.Min(left, x), Math.Max(right, x));
            (top, bottom) = (Math.Min(top, y), y);
        }
        return right < 0 ? (0, 0, 1, 1) : (left, top, right - left + 1, bottom - top + 1);
    }
}
