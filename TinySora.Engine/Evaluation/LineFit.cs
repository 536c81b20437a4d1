namespace TinySora.Engine.Evaluation;

/// <summary>A straight line fitted to points by least squares.</summary>
/// <param name="Slope">Slope of y over x; 0 if all points have the same x.</param>
/// <param name="RmsResidual">Root mean square of the residuals in y.</param>
internal readonly record struct LineFit(double Slope, double RmsResidual)
{
    /// <param name="points">At least one point.</param>
    public static LineFit Fit(IReadOnlyList<(double X, double Y)> points)
    {
        var (meanX, meanY) = (points.Average(p => p.X), points.Average(p => p.Y));
        var spread = points.Sum(p => (p.X - meanX) * (p.X - meanX));
        var slope = spread > 0 ? points.Sum(p => (p.X - meanX) * (p.Y - meanY)) / spread : 0;
        return new LineFit(slope, Math.Sqrt(points.Average(p => Math.Pow(p.Y - meanY - (slope * (p.X - meanX)), 2))));
    }
}
