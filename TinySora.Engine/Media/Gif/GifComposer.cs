using TinySora.Engine.Errors;

namespace TinySora.Engine.Media.Gif;

/// <summary>
/// Composes the complete frames of a GIF by drawing each image over the previous ones. Cleared areas become transparent, as in browsers, although the
/// specification requires the background color.
/// </summary>
internal static class GifComposer
{
    /// <returns>Frames x Height x Width x 4 bytes RGBA.</returns>
    public static byte[] Compose(GifParser gif, string path, CancellationToken cancellationToken = default)
    {
        var frameLength = gif.Width * gif.Height * 4;
        var frames = new byte[frameLength * gif.Images.Count];
        var canvas = new byte[frameLength];
        if (gif.Images[0].TransparentIndex < 0 && !gif.Background.IsEmpty)
        {
            Fill(canvas, gif.Background.Span);
        }

        var lzw = new LzwDecoder();
        byte[] indices = [];
        byte[]? beforeImage = null;
        for (var i = 0; i < gif.Images.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var image = gif.Images[i];
            var pixels = image.Width * image.Height;
            if (indices.Length < pixels)
            {
                indices = new byte[pixels];
            }

            var decoded = lzw.Decode(image.Data, image.MinCodeSize, indices.AsSpan(0, pixels));
            if (decoded < pixels)
            {
                throw MediaErrors.CorruptFrame(path, i, $"the data ends after {decoded} of {pixels} pixels");
            }

            if (image.Disposal == 3)
            {
                beforeImage = (byte[])canvas.Clone();
            }

            Draw(image, indices, canvas, gif.Width, gif.Height);
            canvas.CopyTo(frames.AsSpan(i * frameLength));
            if (image.Disposal == 2)
            {
                Clear(image, canvas, gif.Width, gif.Height);
            }
            else if (image.Disposal == 3)
            {
                canvas = beforeImage!;
            }
        }
        return frames;
    }

    private static void Draw(GifImage image, byte[] indices, byte[] canvas, int width, int height)
    {
        var palette = image.Palette.Span;
        var columns = Math.Min(image.Width, width - image.Left);
        for (var row = 0; row < image.Height; row++)
        {
            var y = image.Top + (image.Interlaced ? InterlacedRow(row, image.Height) : row);
            if (y >= height)
            {
                continue;
            }

            int from = row * image.Width, to = (y * width + image.Left) * 4;
            for (var x = 0; x < columns; x++, from++, to += 4)
            {
                int index = indices[from];
                if (index == image.TransparentIndex)
                {
                    continue;
                }

                index = Math.Min(index * 3, palette.Length - 3);
                canvas[to] = palette[index];
                canvas[to + 1] = palette[index + 1];
                canvas[to + 2] = palette[index + 2];
                canvas[to + 3] = 255;
            }
        }
    }

    /// <summary>Returns the row of an interlaced image. Rows are stored in four passes: 0, 8, 16...; 4, 12...; 2, 6...; and the odd rows.</summary>
    private static int InterlacedRow(int stored, int height)
    {
        foreach (var (first, step) in new[] { (0, 8), (4, 8), (2, 4), (1, 2) })
        {
            var rows = (height - first + step - 1) / step;
            if (stored < rows)
            {
                return first + stored * step;
            }

            stored -= Math.Max(rows, 0);
        }
        throw new ArgumentOutOfRangeException(nameof(stored));
    }

    private static void Fill(byte[] canvas, ReadOnlySpan<byte> rgb)
    {
        for (var i = 0; i < canvas.Length; i += 4)
        {
            rgb.CopyTo(canvas.AsSpan(i));
            canvas[i + 3] = 255;
        }
    }

    private static void Clear(GifImage image, byte[] canvas, int width, int height)
    {
        var columns = Math.Min(image.Width, width - image.Left);
        for (var y = image.Top; columns > 0 && y < Math.Min(image.Top + image.Height, height); y++)
        {
            canvas.AsSpan((y * width + image.Left) * 4, columns * 4).Clear();
        }
    }
}
