using TinySora.Engine.Errors;

namespace TinySora.Engine.Media.Resampling;

/// <summary>Changes the size, channels and frame count of clips, with the same results as torchvision's transforms of Pillow images.</summary>
public static class Resample
{
    /// <summary>
    /// Scales the shorter side to <paramref name="size"/> pixels and the longer side to floor(size * long / short), with an antialiased bilinear filter.
    /// </summary>
    public static Clip ShorterSide(Clip clip, int size)
    {
        return Cover(clip, size, size);
    }

    /// <summary>Scales to the smallest size that covers a frame, keeping the aspect ratio, with an antialiased bilinear filter.</summary>
    public static Clip Cover(Clip clip, int height, int width)
    {
        var (scaledHeight, scaledWidth) = CoverSize(clip.Height, clip.Width, height, width);
        return Resize(clip, scaledHeight, scaledWidth);
    }

    /// <summary>Checks the size after scaling, because very long and thin clips become huge when their shorter side is enlarged.</summary>
    /// <exception cref="TinySoraException">The frames would exceed the limit at this size.</exception>
    public static void CheckScaled(string path, int height, int width, int channels, int frames, int shorterSide)
    {
        (long scaledHeight, long scaledWidth) = ShorterSideSize(height, width, shorterSide);
        var bytes = (double)scaledHeight * scaledWidth * channels * frames;
        if (bytes > MediaLimits.DecodedBytes)
        {
            throw MediaErrors.TooLarge(path, (long)bytes, MediaLimits.DecodedBytes);
        }
    }

    /// <summary>Returns the size that <see cref="ShorterSide"/> produces.</summary>
    public static (int Height, int Width) ShorterSideSize(int height, int width, int size) => CoverSize(height, width, size, size);

    private static (int Height, int Width) CoverSize(int height, int width, int wantedHeight, int wantedWidth) =>
        (long)wantedHeight * width <= (long)wantedWidth * height
            ? ((int)((long)wantedWidth * height / width), wantedWidth)
            : (wantedHeight, (int)((long)wantedHeight * width / height));

    /// <summary>Scales with an antialiased bilinear filter and premultiplied alpha; the result equals Pillow's.</summary>
    public static Clip Resize(Clip clip, int height, int width) => Resize(clip, height, width, ScaleKernel.Bilinear);

    /// <summary>Scales with an antialiased filter of any kernel; the result equals Pillow's.</summary>
    internal static Clip Resize(Clip clip, int height, int width, ScaleKernel kernel)
    {
        if (height == clip.Height && width == clip.Width)
        {
            return clip;
        }

        var pixels = clip.Channels == 4 ? PremultipliedAlpha.Apply(clip.Pixels) : clip.Pixels;
        var rows = clip.Frames * clip.Height;
        if (width != clip.Width)
        {
            pixels = new AxisFilter(kernel, clip.Width, width).Apply(pixels, rows, clip.Channels);
        }

        if (height != clip.Height)
        {
            pixels = new AxisFilter(kernel, clip.Height, height).Apply(pixels, clip.Frames, width * clip.Channels);
        }

        if (clip.Channels == 4)
        {
            PremultipliedAlpha.Undo(pixels);
        }

        return clip with { Pixels = pixels, Height = height, Width = width };
    }

    /// <summary>Crops the central size x size pixels; a smaller clip is padded with black.</summary>
    public static Clip CenterCrop(Clip clip, int size) => CenterCrop(clip, size, size);

    /// <summary>Crops the center of each frame; a smaller clip is padded with black.</summary>
    public static Clip CenterCrop(Clip clip, int height, int width)
    {
        // Halves are rounded to even, as in Python; a negative offset means padding, which torchvision rounds down.
        int top = Offset(clip.Height, height), left = Offset(clip.Width, width);
        var columns = Math.Min(width, clip.Width);
        var cropped = Clip.Black(clip.Frames, height, width, clip.Channels, clip.FrameMilliseconds);
        for (var f = 0; f < clip.Frames; f++)
        {
            for (var y = Math.Max(0, -top); y < height && y + top < clip.Height; y++)
            {
                var from = ((y + top) * clip.Width + Math.Max(0, left)) * clip.Channels;
                var to = (y * width + Math.Max(0, -left)) * clip.Channels;
                clip.Frame(f).Slice(from, columns * clip.Channels).CopyTo(cropped.Frame(f)[to..]);
            }
        }
        return cropped;
    }

    private static int Offset(int length, int size) =>
        length >= size ? (int)Math.Round((length - size) / 2.0) : -((size - length) / 2);

    /// <summary>Converts to 1 (luminance by ITU-R 601, as in Pillow), 3 or 4 channels. If alpha is removed, transparent pixels become black.</summary>
    public static Clip ToChannels(Clip clip, int channels)
    {
        if (channels == clip.Channels)
        {
            return clip;
        }

        if (channels is not (1 or 3 or 4))
        {
            throw new ArgumentOutOfRangeException(nameof(channels), channels, "1, 3 or 4");
        }

        var pixels = new byte[clip.Pixels.Length / clip.Channels * channels];
        for (int from = 0, to = 0; to < pixels.Length; from += clip.Channels, to += channels)
        {
            int r = clip.Pixels[from];
            int g = clip.Channels == 1 ? r : clip.Pixels[from + 1], b = clip.Channels == 1 ? r : clip.Pixels[from + 2];
            if (clip.Channels == 4)
            {
                int alpha = clip.Pixels[from + 3];
                (r, g, b) = ((r * alpha + 127) / 255, (g * alpha + 127) / 255, (b * alpha + 127) / 255);
            }
            if (channels == 1)
            {
                pixels[to] = (byte)(clip.Channels == 1 ? r : (r * 19595 + g * 38470 + b * 7471 + 0x8000) >> 16);
                continue;
            }
            (pixels[to], pixels[to + 1], pixels[to + 2]) = ((byte)r, (byte)g, (byte)b);
            if (channels == 4)
            {
                pixels[to + 3] = 255;
            }
        }
        return clip with { Pixels = pixels, Channels = channels };
    }

    /// <summary>Returns the first <paramref name="count"/> frames; a shorter clip is padded with black frames.</summary>
    public static Clip TakeFrames(Clip clip, int count)
    {
        var pixels = new byte[count * clip.FrameLength];
        clip.Pixels.AsSpan(0, Math.Min(count, clip.Frames) * clip.FrameLength).CopyTo(pixels);
        return clip with { Pixels = pixels, Frames = count };
    }

    /// <summary>Selects <paramref name="count"/> frames, evenly spaced from the first to the last. If the clip has fewer frames, some are repeated.</summary>
    public static Clip EvenFrames(Clip clip, int count) => Select(
        clip, [.. Enumerable.Range(0, count).Select(i => count == 1 ? 0 : (int)((long)i * (clip.Frames - 1) / (count - 1)))]);

    /// <summary>Returns the frames with these indices, in this order.</summary>
    public static Clip Select(Clip clip, IReadOnlyList<int> indices)
    {
        var pixels = new byte[indices.Count * clip.FrameLength];
        for (var i = 0; i < indices.Count; i++)
        {
            clip.Frame(indices[i]).CopyTo(pixels.AsSpan(i * clip.FrameLength));
        }

        return clip with { Pixels = pixels, Frames = indices.Count };
    }

    /// <summary>Enlarges every pixel to a square, without blending.</summary>
    /// <param name="scale">Side of the square, 1 or more.</param>
    public static Clip Enlarge(Clip clip, int scale)
    {
        if (scale == 1)
        {
            return clip;
        }

        var large = Clip.Black(clip.Frames, checked(clip.Height * scale), checked(clip.Width * scale), clip.Channels, clip.FrameMilliseconds);
        for (var row = 0; row < clip.Frames * clip.Height; row++)
        {
            var from = clip.Pixels.AsSpan(row * clip.Width * clip.Channels, clip.Width * clip.Channels);
            var rowLength = large.Width * large.Channels;
            var to = large.Pixels.AsSpan(row * scale * rowLength, scale * rowLength);
            for (var x = 0; x < large.Width; x++)
            {
                from.Slice(x / scale * clip.Channels, clip.Channels).CopyTo(to[(x * clip.Channels)..]);
            }

            for (var copy = 1; copy < scale; copy++)
            {
                to[..rowLength].CopyTo(to[(copy * rowLength)..]);
            }
        }

        return large;
    }
}

/// <summary>Premultiplied alpha, which keeps the colors of transparent pixels out of neighboring pixels when both are mixed.</summary>
internal static class PremultipliedAlpha
{
    /// <summary>Returns a copy of RGBA pixels with red, green and blue multiplied by alpha.</summary>
    public static byte[] Apply(byte[] rgba)
    {
        var result = new byte[rgba.Length];
        for (var i = 0; i < rgba.Length; i++)
        {
            int alpha = rgba[i | 3];
            result[i] = (i & 3) == 3 ? (byte)alpha : (byte)((rgba[i] * alpha + 127) / 255);
        }
        return result;
    }

    /// <summary>Reverts <see cref="Apply"/> in place.</summary>
    public static void Undo(byte[] rgba)
    {
        for (var i = 0; i < rgba.Length; i++)
        {
            int alpha = rgba[i | 3];
            if ((i & 3) != 3 && alpha is > 0 and < 255)
            {
                rgba[i] = (byte)Math.Min(255, rgba[i] * 255 / alpha);
            }
        }
    }
}
