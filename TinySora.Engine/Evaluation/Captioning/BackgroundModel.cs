using TinySora.Engine.Media;

namespace TinySora.Engine.Evaluation.Captioning;

/// <summary>The static background of a clip: a single color or an image.</summary>
/// <param name="Pixels">RGB, height x width x 3 bytes.</param>
/// <param name="IsPlain">Whether the background is one color. Objects at rest can be separated only from such a background.</param>
internal sealed record BackgroundModel(byte[] Pixels, int Height, int Width, bool IsPlain)
{
    /// <summary>Minimum channel difference (0 to 255) between a foreground pixel and the background. Edges and codec noise have smaller differences.</summary>
    private const int Differs = 36;

    /// <summary>Minimum fraction of the frame's edge that must have one color for the background to be plain.</summary>
    private const double PlainShare = 0.85;

    /// <summary>Minimum size in pixels of a background patch that is checked for an object.</summary>
    private const int MinMended = 12;

    /// <summary>Minimum ratio of the contrast along a patch's outline in the background to that in the frame, for the patch to be replaced.</summary>
    private const double ClearOutline = 1.5;

    /// <summary>Returns, for each pixel of a frame, whether it belongs to the foreground.</summary>
    public bool[] Mask(ReadOnlySpan<byte> frame)
    {
        var mask = new bool[Height * Width];
        for (var i = 0; i < mask.Length; i++)
        {
            mask[i] = Difference(frame, Pixels, i) > Differs;
        }

        return mask;
    }

    /// <summary>Returns the largest channel difference between two frames at pixel <paramref name="i"/>.</summary>
    public static int Difference(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b, int i) => Difference(a, i, b, i);

    /// <summary>Returns a background of one color if nearly the whole edge of every frame has this color; otherwise <c>null</c>.</summary>
    public static BackgroundModel? FindUniform(Clip clip)
    {
        int[] edge =
        [
            .. Enumerable.Range(0, clip.Height * clip.Width)
                .Where(i => i / clip.Width is var y && i % clip.Width is var x && (y == 0 || x == 0 || y == clip.Height - 1 || x == clip.Width - 1)),
        ];
        var color = new byte[3];
        for (var channel = 0; channel < 3; channel++)
        {
            var values = from f in Enumerable.Range(0, clip.Frames) from i in edge select clip.Pixels[(f * clip.FrameLength) + (3 * i) + channel];
            color[channel] = Median.Of<byte>([.. values]);
        }

        var pixels = new byte[clip.FrameLength];
        for (var i = 0; i < pixels.Length; i++)
        {
            pixels[i] = color[i % 3];
        }

        var alike = Enumerable.Range(0, clip.Frames).Sum(f => edge.Count(i => Difference(clip.Frame(f), pixels, i) <= Differs));
        return alike >= PlainShare * clip.Frames * edge.Length ? new BackgroundModel(pixels, clip.Height, clip.Width, IsPlain: true) : null;
    }

    /// <summary>Returns a background that consists of each pixel's median over time, from which objects that were at rest for a while are removed.</summary>
    public static BackgroundModel TemporalMedian(Clip clip)
    {
        var pixels = new byte[clip.FrameLength];
        var values = new byte[clip.Frames];
        for (var i = 0; i < pixels.Length; i++)
        {
            for (var f = 0; f < values.Length; f++)
            {
                values[f] = clip.Pixels[(f * clip.FrameLength) + i];
            }

            pixels[i] = Median.Of(values);
        }

        var backdrop = new BackgroundModel(pixels, clip.Height, clip.Width, IsPlain: false);
        for (var f = 0; f < clip.Frames; f += Math.Max(1, clip.Frames / 16))
        {
            backdrop.Mend(clip.Frame(f).ToArray());
        }

        return backdrop;
    }

    /// <summary>
    /// Removes from the background an object that was at rest for more than half of the clip. In a frame that shows the object elsewhere, the place where the
    /// object rested differs from the background: it has an outline in the background, but not in the frame.
    /// </summary>
    private void Mend(byte[] frame)
    {
        var mask = Mask(frame);
        foreach (var patch in ForegroundRegion.Find(mask, Height, Width, 0, MinMended))
        {
            var (inPicture, inFrame) = (0L, 0L);
            foreach (var (i, outside) in patch.Pixels.SelectMany(i => Neighbours(i).Where(n => !mask[n]).Select(n => (i, n))))
            {
                inPicture += Difference(Pixels, i, Pixels, outside);
                inFrame += Difference(frame, i, frame, outside);
            }

            if (inPicture > ClearOutline * inFrame)
            {
                foreach (var i in patch.Pixels.SelectMany(i => Neighbours(i).Append(i)))
                {
                    frame.AsSpan(3 * i, 3).CopyTo(Pixels.AsSpan(3 * i));
                }
            }
        }
    }

    private IEnumerable<int> Neighbours(int i)
    {
        var (x, y) = (i % Width, i / Width);
        return new[] { (X: x - 1, Y: y), (X: x + 1, Y: y), (X: x, Y: y - 1), (X: x, Y: y + 1) }
            .Where(n => n.X >= 0 && n.X < Width && n.Y >= 0 && n.Y < Height).Select(n => (n.Y * Width) + n.X);
    }

    private static int Difference(ReadOnlySpan<byte> a, int i, ReadOnlySpan<byte> b, int k) => Math.Max(
        Math.Abs(a[3 * i] - b[3 * k]), Math.Max(Math.Abs(a[(3 * i) + 1] - b[(3 * k) + 1]), Math.Abs(a[(3 * i) + 2] - b[(3 * k) + 2])));
}
