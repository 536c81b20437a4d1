using System.Net;
using System.Text;
using TinySora.Engine.Media.Drawing;
using static System.FormattableString;

namespace TinySora.Engine.Runs.Display;

/// <summary>Draws a line chart as an SVG element. The style sheet of the page assigns colors to the CSS classes of its lines.</summary>
internal static class SvgChart
{
    private const int Left = 64;
    private const int Right = 18;
    private const int Top = 12;
    private const int Bottom = 28;

    /// <summary>Width of a chart that fills the page. Narrower charts use a proportionally smaller width, so that their text has the same size.</summary>
    public const int FullWidth = 720;

    /// <param name="label">Description of the chart for screen readers.</param>
    /// <param name="series">Series, each with the CSS class of its line; non-finite points are skipped.</param>
    public static string Draw(
        string label, int width, int height, bool logarithmic, params (string Class, IEnumerable<(double X, double Y)> Points)[] series)
    {
        var lines = series.Select(line => (line.Class, Points: line.Points
            .Where(point => double.IsFinite(point.Y) && (!logarithmic || point.Y > 0)).ToList())).ToList();
        var all = lines.SelectMany(line => line.Points).ToList();
        var xAxis = AxisScale.Linear([.. all.Select(point => point.X)], width / 120, wholeSteps: false);
        double[] ys = [.. all.Select(point => point.Y)];
        var yAxis = logarithmic ? AxisScale.Logarithmic(ys) : AxisScale.Linear(ys, height / 60, wholeSteps: true);
        double X(double value) => Left + (xAxis.Position(value) * (width - Left - Right));
        double Y(double value) => height - Bottom - (yAxis.Position(value) * (height - Top - Bottom));

        var svg = new StringBuilder(Invariant($"<svg viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"{WebUtility.HtmlEncode(label)}\">\n"));
        foreach (var tick in yAxis.Ticks)
        {
            svg.Append(Invariant($"<path class=\"grid\" d=\"M{Left} {Y(tick):0.#}H{width - Right}\"/>"))
                .Append(Invariant($"<text x=\"{Left - 8}\" y=\"{Y(tick) + 4:0.#}\" text-anchor=\"end\">{AxisScale.Label(tick)}</text>\n"));
        }

        foreach (var tick in xAxis.Ticks)
        {
            svg.Append(Invariant($"<path class=\"grid\" d=\"M{X(tick):0.#} {Top}V{height - Bottom}\"/>"))
                .Append(Invariant($"<text x=\"{X(tick):0.#}\" y=\"{height - 8}\" text-anchor=\"middle\">{AxisScale.Label(tick)}</text>\n"));
        }

        foreach (var (name, points) in lines)
        {
            var places = points.Select(point => Invariant($"{X(point.X):0.#},{Y(point.Y):0.#}"));
            svg.Append(Invariant($"<polyline class=\"{name}\" points=\"{string.Join(' ', places)}\"/>\n"));
        }

        return svg.Append("</svg>").ToString();
    }
}
