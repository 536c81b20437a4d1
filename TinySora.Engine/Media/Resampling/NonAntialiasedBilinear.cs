namespace TinySora.Engine.Media.Resampling;

/// <summary>
/// Scales frames as VideoGPT and minisora do: with PyTorch's <c>interpolate(mode="bilinear")</c>, which always mixes the two nearest pixels along each axis,
/// even if the size is reduced. Sides are rounded up, the center is cropped, and results are rounded to bytes.
/// </summary>
internal static class NonAntialiasedBilinear
{
    /// <summary>Scales a clip until it covers a frame, keeping its aspect ratio, and crops the center.</summary>
    public static Clip Fill(Clip clip, int height, int width)
    {
        var isTall = (long)height * clip.Width <= (long)width * clip.Height; // the width fits exactly
        var scale = isTall ? width / (double)clip.Width : height / (double)clip.Height;
        var (rows, columns) = (
            Mixes(clip.Height, isTall ? (int)Math.Ceiling(clip.Height * scale) : height, height),
            Mixes(clip.Width, isTall ? width : (int)Math.Ceiling(clip.Width * scale), width));
        var filled = Clip.Black(clip.Frames, height, width, clip.Channels, clip.FrameMilliseconds);
        for (var f = 0; f < clip.Frames; f++)
        {
            var source = clip.Frame(f);
            var target = filled.Frame(f);
            var at = 0;
            foreach (var (top, bottom, down) in rows)
            {
                var upper = source[(top * clip.Width * clip.Channels)..];
                var lower = source[(bottom * clip.Width * clip.Channels)..];
                foreach (var (left, right, across) in columns)
                {
                    for (var c = 0; c < clip.Channels; c++)
                    {
                        var (l, r) = ((left * clip.Channels) + c, (right * clip.Channels) + c);
                        var value = ((1 - down) * (((1 - across) * upper[l]) + (across * upper[r])))
                            + (down * (((1 - across) * lower[l]) + (across * lower[r])));
                        target[at++] = (byte)(value + 0.5f);
                    }
                }
            }
        }

        return filled;
    }

    /// <summary>Returns the two source positions that each result position mixes, and the weight of the second.</summary>
    /// <param name="scaled">Length of the whole axis after scaling.</param>
    /// <param name="kept">Length of the cropped center of the axis.</param>
    private static (int First, int Second, float Share)[] Mixes(int length, int scaled, int kept)
    {
        var step = (float)length / scaled;
        return
        [
            .. Enumerable.Range((scaled - kept) / 2, kept).Select(i =>
            {
                var at = Math.Max(0, (step * (i + 0.5f)) - 0.5f);
                var first = Math.Min((int)at, length - 1);
                return (first, Math.Min(first + 1, length - 1), at - first);
            }),
        ];
    }
}
