using TinySora.Engine.Media;
using TinySora.Engine.Media.Resampling;

namespace TinySora.Engine.Evaluation.Captioning;

/// <summary>Detects camera motion by block matching between frames.</summary>
internal static class CameraMotion
{
    /// <summary>Height and width of the compared images in pixels.</summary>
    private const int Side = 64;

    /// <summary>Number of blocks per row and column.</summary>
    private const int Blocks = 8;

    /// <summary>Maximum shift of a block in pixels along each axis.</summary>
    private const int Reach = 7;

    /// <summary>Minimum standard deviation of the brightness (0 to 255) of a block that is matched.</summary>
    private const double Texture = 6;

    /// <summary>Minimum number of textured blocks in each quarter of the image.</summary>
    private const int MinBlocks = 3;

    /// <summary>Minimum fraction of textured blocks that must agree on a shift, and of frame pairs that must agree on a direction.</summary>
    private const double Agreeing = 0.6;

    /// <summary>Seconds between the two frames of a pair: a short interval for fast motion and a long one for slow motion.</summary>
    private static readonly double[] Spans = [0.1, 0.4];

    /// <summary>Returns the displacement of the camera in frame widths; zero for a static camera, <c>null</c> if it cannot be determined.</summary>
    /// <param name="clip">RGB, square.</param>
    /// <param name="interval">Seconds between frames.</param>
    public static (double X, double Y)? Estimate(Clip clip, double interval)
    {
        var grey = Resample.Resize(Resample.ToChannels(clip, 1), Side, Side);
        var rests = true;
        foreach (var span in Spans)
        {
            var step = Math.Clamp((int)Math.Round(span / interval), 1, Math.Max(1, clip.Frames / 2));
            var pairs = Enumerable.Range(0, clip.Frames).Where(f => f % step == 0 && f + step < clip.Frames).ToList();
            var shifts = pairs.ConvertAll(f => Shift(grey.Frame(f), grey.Frame(f + step)));
            var moved = shifts.Where(s => s is { } way && way != (0, 0)).ToList();
            if (moved.Count > 0 && moved.Count >= Agreeing * pairs.Count)
            {
                // The image moves left when the camera moves right.
                return (-moved.Sum(s => s!.Value.X) / (double)Side, -moved.Sum(s => s!.Value.Y) / (double)Side);
            }

            rests &= shifts.Count(s => s == (0, 0)) >= Agreeing * pairs.Count;
        }

        return rests ? (0, 0) : null;
    }

    /// <summary>Returns the common shift of all blocks in pixels; zero for an image without texture, <c>null</c> if the blocks disagree.</summary>
    private static (int X, int Y)? Shift(ReadOnlySpan<byte> from, ReadOnlySpan<byte> to)
    {
        var found = new List<(int X, int Y)>();
        var quarters = new int[4];
        for (var row = 0; row < Blocks; row++)
        {
            for (var column = 0; column < Blocks; column++)
            {
                var (top, left) = (row * Side / Blocks, column * Side / Blocks);
                if (Deviation(from, top, left) >= Texture)
                {
                    found.Add(Best(from, to, top, left));
                    quarters[(row * 2 / Blocks * 2) + (column * 2 / Blocks)]++;
                }
            }
        }

        if (quarters.Min() < MinBlocks)
        {
            return (0, 0);
        }

        var (x, y) = (Median.Of<int>([.. found.Select(s => s.X)]), Median.Of<int>([.. found.Select(s => s.Y)]));
        var agree = found.Count(s => Math.Abs(s.X - x) <= 1 && Math.Abs(s.Y - y) <= 1);
        return agree >= Agreeing * found.Count ? (x, y) : null;
    }

    /// <summary>Returns the shift at which a block matches best; zero if that match is hardly better than without a shift.</summary>
    private static (int X, int Y) Best(ReadOnlySpan<byte> from, ReadOnlySpan<byte> to, int top, int left)
    {
        var still = Distance(from, to, top, left, 0, 0);
        var (best, least) = ((X: 0, Y: 0), 0.7 * still);
        for (var y = Math.Max(-Reach, -top); y <= Math.Min(Reach, Side - (Side / Blocks) - top); y++)
        {
            for (var x = Math.Max(-Reach, -left); x <= Math.Min(Reach, Side - (Side / Blocks) - left); x++)
            {
                var distance = Distance(from, to, top, left, x, y);
                (best, least) = distance < least ? ((x, y), distance) : (best, least);
            }
        }

        return best;
    }

    private static double Distance(ReadOnlySpan<byte> from, ReadOnlySpan<byte> to, int top, int left, int x, int y)
    {
        var sum = 0;
        for (var r = top; r < top + (Side / Blocks); r++)
        {
            for (var c = left; c < left + (Side / Blocks); c++)
            {
                sum += Math.Abs(from[(r * Side) + c] - to[((r + y) * Side) + c + x]);
            }
        }

        return sum;
    }

    private static double Deviation(ReadOnlySpan<byte> frame, int top, int left)
    {
        var (sum, squares, count) = (0.0, 0.0, Side / Blocks * (Side / Blocks));
        for (var r = top; r < top + (Side / Blocks); r++)
        {
            for (var c = left; c < left + (Side / Blocks); c++)
            {
                var value = frame[(r * Side) + c];
                (sum, squares) = (sum + value, squares + (value * value));
            }
        }

        return Math.Sqrt(Math.Max(0, (squares / count) - (sum / count * (sum / count))));
    }
}
