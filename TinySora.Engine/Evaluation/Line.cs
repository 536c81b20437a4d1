namespace TinySora.Engine.Evaluation;

/// <summary>A least-squares line.</summary>
/// <param name="Slope">Slope of y over x; 0 if all points have the same x.</param>
/// <param name="Straying">Root mean square of the residuals in y.</param>
internal readonly record struct Line(double Slope, double Straying)
{
    /// <param name="points">At least one point.</param>
    public static Line Fit(IReadOnlyList<(double X, double Y)> points)
    {
        var (meanX, meanY) = (points.Average(p => p.X), points.Average(p => p.Y));
        var spread = points.Sum(p => (p.X - meanX) * (p.X - meanX));
        var slope = spread > 0 ? points.Sum(p => (p.X - meanX) * (p.Y - meanY)) / spread : 0;
        return new Line(slope, Math.Sqrt(points.Average(p => Math.Pow(p.Y - meanY - (slope * (p.X - meanX)), 2))));
    }
}
