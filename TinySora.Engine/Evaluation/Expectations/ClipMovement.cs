using TinySora.Engine.Media;

namespace TinySora.Engine.Evaluation.Expectations;

/// <summary>How much of a clip changes from frame to frame, and which way what changes goes.</summary>
/// <param name="Change">The mean difference of a pixel from the frame before, of 1.</param>
/// <param name="Moves">One of <see cref="Directions"/>; null: fewer than three frames do not tell.</param>
public sealed record ClipMovement(double Change, string? Moves)
{
    private const string Nowhere = "nowhere";

    /// <summary>The least way that counts, in widths or heights of the frame, from the first frame to the last.</summary>
    private const double LeastWay = 0.1;

    /// <summary>The difference of a channel, of 255, that is taken for noise.</summary>
    private const int Noise = 16;

    /// <summary>The words for where the centre of what changes goes.</summary>
    public static IReadOnlyList<string> Directions { get; } = ["left", "right", "up", "down", Nowhere];

    /// <summary>
    /// Measures a clip. What moves over a background that stands still changes pixels where it was and where it is, so that the centre of
    /// what changes goes with it, whatever its colour. A camera that moves changes pixels everywhere and goes nowhere.
    /// </summary>
    public static ClipMovement Of(Clip clip)
    {
        var sum = 0L;
        var centres = new List<(int Frame, double X, double Y)>();
        for (var f = 1; f < clip.Frames; f++)
        {
            var before = clip.Frame(f - 1);
            var now = clip.Frame(f);
            var (total, x, y) = (0L, 0L, 0L);
            for (var i = 0; i < now.Length; i++)
            {
                var difference = Math.Abs(now[i] - before[i]);
                sum += difference;
                if (difference > Noise)
                {
                    var pixel = i / clip.Channels;
                    total += difference;
                    x += (long)difference * (pixel % clip.Width);
                    y += (long)difference * (pixel / clip.Width);
                }
            }

            if (total > 0)
            {
                centres.Add((f, (double)x / total / clip.Width, (double)y / total / clip.Height));
            }
        }

        var change = clip.Frames < 2 ? 0 : sum / 255.0 / clip.FrameLength / (clip.Frames - 1);
        return new ClipMovement(change, clip.Frames < 3 ? null : Direction(centres, clip.Frames - 1));
    }

    /// <param name="intervals">Between the first frame and the last.</param>
    private static string Direction(List<(int Frame, double X, double Y)> centres, int intervals)
    {
        if (centres.Count < 2)
        {
            return Nowhere;
        }

        var (x, y) = (Way(centre => centre.X), Way(centre => centre.Y));
        return Math.Max(Math.Abs(x), Math.Abs(y)) < LeastWay ? Nowhere
            : Math.Abs(x) >= Math.Abs(y) ? (x > 0 ? "right" : "left")
            : y > 0 ? "down" : "up";

        // Along the line of least squares.
        double Way(Func<(int Frame, double X, double Y), double> value) =>
            intervals * Line.Fit([.. centres.Select(centre => ((double)centre.Frame, value(centre)))]).Slope;
    }
}
