namespace TinySora.Engine.Evaluation.Captioning;

/// <param name="Description">Direction, such as "right", "up and left", "right, then left" or "up at first"; <c>null</c> if no direction is
/// recognizable.</param>
/// <param name="Speed">Speed in frame widths per second; <c>null</c> for paths with several turns.</param>
/// <param name="Length">Length in frame widths; for paths with several turns, the maximum distance from the start.</param>
internal sealed record Trajectory(string? Description, double? Speed, double Length)
{
    /// <summary>Minimum length in frame widths of a path that has a direction.</summary>
    private const double Least = 0.08;

    /// <summary>Minimum length in frame widths of each leg of a path with two legs.</summary>
    private const double MinOfTwo = 0.05;

    /// <summary>Maximum deviation from a straight line, as a fraction of the length.</summary>
    private const double Straying = 0.1;

    /// <summary>Deviation from a straight line in frame widths that is always allowed.</summary>
    private const double Jitter = 0.008;

    /// <summary>Minimum fraction of the total time that the shorter of two legs must take.</summary>
    private const double MinTime = 0.15;

    /// <summary>Minimum ratio of the smaller to the larger component of a diagonal direction: the tangent of 22.5 degrees.</summary>
    private const double Diagonal = 0.4142;

    /// <param name="points">At least two points, with times in seconds and positions in frame widths (y points down).</param>
    public static Trajectory Fit(IReadOnlyList<(double Time, double X, double Y)> points)
    {
        var seconds = points[^1].Time - points[0].Time;
        var one = Segment.Fit(points);
        if (one.IsStraight(Least))
        {
            return new Trajectory(Direction(one), one.Length / seconds, one.Length);
        }

        var (first, second) = Break(points);
        if (first.IsStraight(MinOfTwo) && second.IsStraight(MinOfTwo))
        {
            var (a, b, length) = (Direction(first), Direction(second), first.Length + second.Length);
            return new Trajectory(a == b ? a : $"{a}, then {b}", length / seconds, length);
        }

        var far = Math.Sqrt(points.Max(p => ((p.X - points[0].X) * (p.X - points[0].X)) + ((p.Y - points[0].Y) * (p.Y - points[0].Y))));
        return new Trajectory(Beginning(points), null, far);
    }

    /// <summary>Returns the initial direction of a path with several turns; <c>null</c> if the first turn is too early.</summary>
    private static string? Beginning(IReadOnlyList<(double Time, double X, double Y)> points)
    {
        var seconds = points[^1].Time - points[0].Time;
        for (var count = points.Count - 1; count >= 3 && points[count - 1].Time - points[0].Time >= MinTime * seconds; count--)
        {
            var leg = Segment.Fit([.. points.Take(count)]);
            if (leg.IsStraight(Least))
            {
                return $"{Direction(leg)} at first";
            }
        }

        return null;
    }

    /// <summary>Returns the two consecutive straight legs that fit a path best.</summary>
    private static (Segment First, Segment Second) Break(IReadOnlyList<(double Time, double X, double Y)> points)
    {
        var seconds = points[^1].Time - points[0].Time;
        var best = (First: Segment.Fit(points), Second: Segment.Fit([points[^1], points[^1]]));
        var least = double.MaxValue;
        for (var k = 1; k < points.Count - 1; k++)
        {
            if (Math.Min(points[k].Time - points[0].Time, points[^1].Time - points[k].Time) < MinTime * seconds)
            {
                continue;
            }

            var (first, second) = (Segment.Fit([.. points.Take(k + 1)]), Segment.Fit([.. points.Skip(k)]));
            var error = (first.Error * first.Error * (k + 1)) + (second.Error * second.Error * (points.Count - k));
            if (error < least)
            {
                (least, best) = (error, (first, second));
            }
        }

        return best;
    }

    private static string Direction(Segment leg)
    {
        var (x, y) = (Math.Abs(leg.X), Math.Abs(leg.Y));
        var (across, along) = (leg.X > 0 ? "right" : "left", leg.Y > 0 ? "down" : "up");
        return y < Diagonal * x ? across : x < Diagonal * y ? along : $"{along} and {across}";
    }

    /// <summary>A straight leg of a path, fitted by least squares over time.</summary>
    /// <param name="X">Displacement to the right, in frame widths.</param>
    /// <param name="Y">Displacement downward, in frame widths.</param>
    /// <param name="Error">Root mean square distance from the line.</param>
    private readonly record struct Segment(double X, double Y, double Error)
    {
        public double Length => Math.Sqrt((X * X) + (Y * Y));

        public bool IsStraight(double least) => Length >= least && Error <= Math.Max(Jitter, Straying * Length);

        public static Segment Fit(IReadOnlyList<(double Time, double X, double Y)> points)
        {
            var (x, y) = (LineFit.Fit([.. points.Select(p => (p.Time, p.X))]), LineFit.Fit([.. points.Select(p => (p.Time, p.Y))]));
            var seconds = points[^1].Time - points[0].Time;
            return new Segment(x.Slope * seconds, y.Slope * seconds, Math.Sqrt((x.RmsResidual * x.RmsResidual) + (y.RmsResidual * y.RmsResidual)));
        }
    }
}

/// <summary>Computes the upper median.</summary>
internal static class Median
{
    /// <param name="values">At least one value. The array is sorted in place.</param>
    public static T Of<T>(T[] values)
        where T : IComparable<T>
    {
        Array.Sort(values);
        return values[values.Length / 2];
    }
}
