using TinySora.Engine.Media;

namespace TinySora.Engine.Evaluation.Expectations;

/// <summary>The amount of change from frame to frame in a clip, and the direction of its motion.</summary>
/// <param name="Change">Mean absolute difference between the pixels of consecutive frames, from 0 to 1.</param>
/// <param name="Moves">One of <see cref="Directions"/>; <c>null</c> for fewer than three frames.</param>
public sealed record ClipMovement(double Change, string? Moves)
{
    private const string Nowhere = "nowhere";

    /// <summary>Minimum displacement from the first frame to the last, in frame widths or heights.</summary>
    private const double MinWay = 0.1;

    /// <summary>Maximum channel difference (0 to 255) that counts as noise.</summary>
    private const int Noise = 16;

    /// <summary>Names of the directions in which the center of the changed pixels can move.</summary>
    public static IReadOnlyList<string> Directions { get; } = ["left", "right", "up", "down", Nowhere];

    /// <summary>
    /// Measures the motion in a clip. An object that moves over a static background changes pixels at its old and new positions, so the center of the changed
    /// pixels follows the object, regardless of its color. A moving camera changes pixels everywhere, so its motion does not have a direction.
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

    /// <param name="intervals">Number of frame intervals from the first frame to the last.</param>
    private static string Direction(List<(int Frame, double X, double Y)> centres, int intervals)
    {
        if (centres.Count < 2)
        {
            return Nowhere;
        }

        var (x, y) = (Way(centre => centre.X), Way(centre => centre.Y));
        return Math.Max(Math.Abs(x), Math.Abs(y)) < MinWay ? Nowhere
            : Math.Abs(x) >= Math.Abs(y) ? (x > 0 ? "right" : "left")
            : y > 0 ? "down" : "up";

        // Displacements along the least-squares lines.
        double Way(Func<(int Frame, double X, double Y), double> value) =>
            intervals * LineFit.Fit([.. centres.Select(centre => ((double)centre.Frame, value(centre)))]).Slope;
    }
}
