namespace TinySora.Engine.Media.Drawing;

/// <summary>A line chart as a picture, such as the loss of a training run.</summary>
public static class LineChart
{
    private const int TextScale = 2;
    private const int CharWidth = BitmapFont.Advance * TextScale;
    private const int CapHeight = BitmapFont.CapHeight * TextScale;
    private const int LineHeight = (BitmapFont.Height + 3) * TextScale;
    private const int Gap = 10;

    private static readonly Rgb GridLine = new(226, 228, 232);
    private static readonly Rgb Axis = new(120, 124, 132);

    // Distinguishable by colour-blind readers (M. Okabe and K. Ito, Color Universal Design, 2002).
    private static readonly Rgb[] SeriesColors =
        [new(0, 114, 178), new(213, 94, 0), new(0, 158, 115), new(204, 121, 167), new(230, 159, 0), new(86, 180, 233)];

    /// <summary>A still of three channels. Points that are not finite (or not positive on a logarithmic axis) leave gaps.</summary>
    public static Clip Draw(
        string title, string xLabel,
        IReadOnlyList<(string Name, IReadOnlyList<(double X, double Y)> Points)> series,
        int width = 960, int height = 540, bool logarithmicY = false)
    {
        bool Visible((double X, double Y) point) =>
            double.IsFinite(point.X) && double.IsFinite(point.Y) && (!logarithmicY || point.Y > 0);
        var points = series.SelectMany(s => s.Points).Where(Visible).ToArray();
        var ys = points.Select(p => p.Y).ToArray();
        var xAxis = AxisScale.Linear(points.Select(p => p.X).ToArray(), Math.Max(2, width / 160), wholeSteps: false);
        var yAxis = logarithmicY
            ? AxisScale.Logarithmic(ys)
            : AxisScale.Linear(ys, Math.Max(2, height / 90), wholeSteps: true);

        var canvas = new Canvas(width, height, Rgb.White);
        var left = 2 * Gap + yAxis.Ticks.Max(tick => AxisScale.Label(tick).Length) * CharWidth;
        var top = title.Length > 0 ? LineHeight + 2 * Gap : 2 * Gap;
        var lastLabel = AxisScale.Label(xAxis.Ticks[^1]).Length * CharWidth;
        int right = width - Math.Max(3 * Gap, lastLabel / 2 + Gap), bottom = height - 2 * LineHeight - Gap;
        double X(double value) => left + xAxis.Position(value) * (right - left);
        double Y(double value) => bottom - yAxis.Position(value) * (bottom - top);

        DrawAxes(canvas, xAxis, yAxis, X, Y, left, top, right, bottom);
        Centered(canvas, title, (left + right) / 2, Gap + 2);
        Centered(canvas, xLabel, (left + right) / 2, height - LineHeight);
        for (var i = 0; i < series.Count; i++)
        {
            foreach (var part in Parts(series[i].Points, Visible))
            {
                canvas.Polyline(part.Select(p => (X(p.X), Y(p.Y))).ToArray(), 2.2, SeriesColors[i % SeriesColors.Length]);
            }
        }
        DrawLegend(canvas, series.Select(s => s.Name).ToArray(), right - Gap, top + Gap);
        return canvas.ToClip();
    }

    private static void DrawAxes(
        Canvas canvas, AxisScale xAxis, AxisScale yAxis, Func<double, double> toX, Func<double, double> toY,
        int left, int top, int right, int bottom)
    {
        foreach (var tick in yAxis.Ticks)
        {
            var y = (int)Math.Round(toY(tick));
            canvas.Fill(left, y, right - left, 1, GridLine);
            var label = AxisScale.Label(tick);
            canvas.Text(label, left - Gap - label.Length * CharWidth, y - CapHeight / 2, Rgb.Ink, TextScale);
        }
        foreach (var tick in xAxis.Ticks)
        {
            var x = (int)Math.Round(toX(tick));
            canvas.Fill(x, top, 1, bottom - top, GridLine);
            canvas.Fill(x, bottom, 1, 5, Axis);
            Centered(canvas, AxisScale.Label(tick), x, bottom + Gap);
        }
        canvas.Fill(left, top, 1, bottom - top, Axis);
        canvas.Fill(left, bottom, right - left + 1, 1, Axis);
    }

    private static void DrawLegend(Canvas canvas, string[] names, int right, int top)
    {
        if (names.All(name => name.Length == 0))
        {
            return;
        }

        const int swatch = 26;
        var width = names.Max(name => name.Length) * CharWidth + swatch + 3 * Gap;
        var left = right - width;
        canvas.Fill(left, top, width, names.Length * LineHeight + Gap, GridLine);
        canvas.Fill(left + 1, top + 1, width - 2, names.Length * LineHeight + Gap - 2, Rgb.White);
        for (var i = 0; i < names.Length; i++)
        {
            var y = top + Gap + i * LineHeight;
            canvas.Fill(left + Gap, y + CapHeight / 2 - 2, swatch, 4, SeriesColors[i % SeriesColors.Length]);
            canvas.Text(names[i], left + swatch + 2 * Gap, y, Rgb.Ink, TextScale);
        }
    }

    private static void Centered(Canvas canvas, string text, int x, int top) =>
        canvas.Text(text, x - BitmapFont.Width(text) * TextScale / 2, top, Rgb.Ink, TextScale);

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
