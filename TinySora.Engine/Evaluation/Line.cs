namespace TinySora.Engine.Evaluation;

/// <summary>The straight line nearest to points, by least squares.</summary>
/// <param name="Slope">Of y over x; 0 where all points have the same x.</param>
/// <param name="Straying">The root mean square of the distances of y from it.</param>
internal readonly record struct Line(double Slope, double Straying)
{
    /// <param name="points">At least one.</param>
    public static Line Fit(IReadOnlyList<(double X, double Y)> points)
    {
        var (meanX, meanY) = (points.Average(p => p.X), points.Average(p => p.Y));
        var spread = points.Sum(p => (p.X - meanX) * (p.X - meanX));
        var slope = spread > 0 ? points.Sum(p => (p.X - meanX) * (p.Y - meanY)) / spread : 0;
        return new Line(slope, Math.Sqrt(points.Average(p => Math.Pow(p.Y - meanY - (slope * (p.X - meanX)), 2))));
    }
}
