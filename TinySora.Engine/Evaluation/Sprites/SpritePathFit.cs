namespace TinySora.Engine.Evaluation.Sprites;

/// <summary>Positions of a thing over time, and the paths of sprite worlds that are fitted to them by least squares. Time goes from 0 to 1.</summary>
/// <param name="times">Time of each position.</param>
internal sealed class SpritePathFit(double[] times, double[] xs, double[] ys)
{
    private const int MaxTurn = 400;
    private const int TurnStep = 5;

    public double RangeX { get; } = xs.Max() - xs.Min();

    public double RangeY { get; } = ys.Max() - ys.Min();

    public double X { get; } = xs.Average();

    public double Y { get; } = ys.Average();

    /// <summary>Fits x or y as a constant and a multiple of a function of time.</summary>
    public LineFit Fit(bool isX, Func<double, double> path) => LineFit.Fit([.. times.Select((t, i) => (path(t), isX ? xs[i] : ys[i]))]);

    /// <summary>Fits a circle that is followed at a constant speed.</summary>
    /// <returns>The center, the radius, the total turn in degrees, and the root mean square distance from the circle.</returns>
    public (double X, double Y, double Radius, double Degrees, double Rms) Circle()
    {
        var best = (X, Y, Radius: 0.0, Degrees: 0.0, Rms: double.PositiveInfinity);
        for (var turn = -MaxTurn; turn <= MaxTurn; turn += TurnStep)
        {
            if (Math.Abs(turn) >= 30 && Circle(turn) is var fit && fit.Rms < best.Rms)
            {
                best = fit;
            }
        }

        return best;
    }

    private (double X, double Y, double Radius, double Degrees, double Rms) Circle(double degrees)
    {
        var points = times.Select(t => Math.SinCos(degrees * t * Math.PI / 180)).ToArray();
        var (sin, cos) = (points.Average(p => p.Sin), points.Average(p => p.Cos));
        var (a, b, spread) = (0.0, 0.0, 0.0);
        for (var i = 0; i < points.Length; i++)
        {
            var (s, c, x, y) = (points[i].Sin - sin, points[i].Cos - cos, xs[i] - X, ys[i] - Y);
            a += (c * x) + (s * y);
            b += (c * y) - (s * x);
            spread += (s * s) + (c * c);
        }

        (a, b) = (a / spread, b / spread);
        var (middleX, middleY, sum) = (X - (a * cos) + (b * sin), Y - (a * sin) - (b * cos), 0.0);
        for (var i = 0; i < points.Length; i++)
        {
            var (s, c) = points[i];
            sum += Math.Pow(xs[i] - middleX - (a * c) + (b * s), 2) + Math.Pow(ys[i] - middleY - (a * s) - (b * c), 2);
        }

        return (middleX, middleY, Math.Sqrt((a * a) + (b * b)), degrees, Math.Sqrt(sum / points.Length));
    }
}
