namespace TinySora.Engine.Media.Drawing;

/// <summary>Colors of a chart.</summary>
/// <param name="Series">Colors of the lines, in order. People with color vision deficiencies can distinguish them.</param>
internal sealed record ChartTheme(Rgb Background, Rgb Ink, Rgb GridLine, Rgb Axis, IReadOnlyList<Rgb> Series)
{
    /// <summary>Light theme with line colors by M. Okabe and K. Ito, Color Universal Design, 2002.</summary>
    public static ChartTheme Light { get; } = new(
        Rgb.White, Rgb.Ink, new(226, 228, 232), new(120, 124, 132),
        [new(0, 114, 178), new(213, 94, 0), new(0, 158, 115), new(204, 121, 167), new(230, 159, 0), new(86, 180, 233)]);

    /// <summary>Dark theme with the colors that the studio uses in dark mode.</summary>
    public static ChartTheme Dark { get; } = new(
        new(27, 32, 41), new(230, 233, 239), new(52, 61, 76), new(163, 173, 189),
        [new(86, 180, 233), new(255, 140, 66), new(63, 208, 164), new(230, 154, 200), new(240, 194, 75), new(182, 156, 245)]);
}

/// <summary>Draws line charts as images, for example of the loss in a training run.</summary>
public static class LineChart
{
    private const int LineHeight = 24;
    private const int Gap = 10;

    private static readonly GlyphSheet Label = GlyphSheet.Label;

    /// <summary>Draws a chart as a still image with three channels. Points that are not finite, or not positive on a logarithmic axis, leave gaps.</summary>
    /// <param name="dark">Whether to draw light lines and text on a dark background, for example for slides.</param>
    public static Clip Draw(
        string title, string xLabel,
        IReadOnlyList<(string Name, IReadOnlyList<(double X, double Y)> Points)> series,
        int width = 960, int height = 540, bool logarithmicY = false, bool dark = false)
    {
        var theme = dark ? ChartTheme.Dark : ChartTheme.Light;
        bool Visible((double X, double Y) point) =>
            double.IsFinite(point.X) && double.IsFinite(point.Y) && (!logarithmicY || point.Y > 0);
        var points = series.SelectMany(s => s.Points).Where(Visible).ToArray();
        var ys = points.Select(p => p.Y).ToArray();
        var xAxis = AxisScale.Linear(points.Select(p => p.X).ToArray(), Math.Max(2, width / 160), wholeSteps: false);
        var yAxis = logarithmicY
            ? AxisScale.Logarithmic(ys)
            : AxisScale.Linear(ys, Math.Max(2, height / 90), wholeSteps: true);

        var canvas = new Canvas(width, height, theme.Background);
        var left = 2 * Gap + yAxis.Ticks.Max(tick => Label.Width(AxisScale.Label(tick)));
        var top = title.Length > 0 ? LineHeight + 2 * Gap : 2 * Gap;
        var lastLabel = Label.Width(AxisScale.Label(xAxis.Ticks[^1]));
        int right = width - Math.Max(3 * Gap, lastLabel / 2 + Gap), bottom = height - 2 * LineHeight - Gap;
        double X(double value) => left + xAxis.Position(value) * (right - left);
        double Y(double value) => bottom - yAxis.Position(value) * (bottom - top);

        DrawAxes(canvas, theme, xAxis, yAxis, X, Y, left, top, right, bottom);
        Centered(canvas, GlyphSheet.Title, title, (left + right) / 2, Gap + 2, theme.Ink);
        Centered(canvas, Label, xLabel, (left + right) / 2, height - LineHeight, theme.Ink);
        for (var i = 0; i < series.Count; i++)
        {
            foreach (var part in Parts(series[i].Points, Visible))
            {
                canvas.Polyline(part.Select(p => (X(p.X), Y(p.Y))).ToArray(), 2.2, theme.Series[i % theme.Series.Count]);
            }
        }
        DrawLegend(canvas, theme, series.Select(s => s.Name).ToArray(), right - Gap, top + Gap);
        return canvas.ToClip();
    }

    private static void DrawAxes(
        Canvas canvas, ChartTheme theme, AxisScale xAxis, AxisScale yAxis, Func<double, double> toX, Func<double, double> toY,
        int left, int top, int right, int bottom)
    {
        foreach (var tick in yAxis.Ticks)
        {
            var y = (int)Math.Round(toY(tick));
            canvas.Fill(left, y, right - left, 1, theme.GridLine);
            var label = AxisScale.Label(tick);
            canvas.Text(label, left - Gap - Label.Width(label), y + Label.CapHeight / 2, theme.Ink, Label);
        }
        foreach (var tick in xAxis.Ticks)
        {
            var x = (int)Math.Round(toX(tick));
            canvas.Fill(x, top, 1, bottom - top, theme.GridLine);
            canvas.Fill(x, bottom, 1, 5, theme.Axis);
            Centered(canvas, Label, AxisScale.Label(tick), x, bottom + Gap, theme.Ink);
        }
        canvas.Fill(left, top, 1, bottom - top, theme.Axis);
        canvas.Fill(left, bottom, right - left + 1, 1, theme.Axis);
    }

    private static void DrawLegend(Canvas canvas, ChartTheme theme, string[] names, int right, int top)
    {
        if (names.All(name => name.Length == 0))
        {
            return;
        }

        const int swatch = 26;
        var width = names.Max(Label.Width) + swatch + 3 * Gap;
        var left = right - width;
        canvas.Fill(left, top, width, names.Length * LineHeight + Gap, theme.GridLine);
        canvas.Fill(left + 1, top + 1, width - 2, names.Length * LineHeight + Gap - 2, theme.Background);
        for (var i = 0; i < names.Length; i++)
        {
            var y = top + Gap + i * LineHeight;
            canvas.Fill(left + Gap, y + Label.CapHeight / 2 - 2, swatch, 4, theme.Series[i % theme.Series.Count]);
            canvas.Text(names[i], left + swatch + 2 * Gap, y + Label.CapHeight, theme.Ink, Label);
        }
    }

    private static void Centered(Canvas canvas, GlyphSheet font, string text, int x, int top, Rgb color) =>
        canvas.Text(text, x - font.Width(text) / 2, top + font.CapHeight, color, font);

    private static IEnumerable<IReadOnlyList<(double X, double Y)>> Parts(
        IEnumerable<(double X, double Y)> points, Func<(double X, double Y), bool> visible)
    {
        var part = new List<(double X, double Y)>();
        foreach (var point in points)
        {
            if (visible(point))
            {
                part.Add(point);
            }
            else if (part.Count > 0)
            {
                yield return part;
                part = [];
            }
        }
        if (part.Count > 0)
        {
            yield return part;
        }
    }
}
