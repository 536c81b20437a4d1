using System.Globalization;

namespace TinySora.Engine.Media.Drawing;

/// <summary>One axis of a chart: the range of its data, linear or logarithmic, with ticks at round numbers.</summary>
internal sealed class AxisScale
{
    private readonly double low;
    private readonly double high;
    private readonly bool logarithmic;

    private AxisScale(double low, double high, bool logarithmic, IReadOnlyList<double> ticks)
    {
        (this.low, this.high, this.logarithmic) = (low, high, logarithmic);
        Ticks = ticks;
    }

    /// <summary>Values of the ticks, in ascending order.</summary>
    public IReadOnlyList<double> Ticks { get; }

    /// <param name="values">Finite values, positive for a logarithmic axis.</param>
    /// <param name="wanted">Approximate number of ticks.</param>
    /// <param name="wholeSteps">Whether the axis starts and ends at a tick.</param>
    public static AxisScale Linear(IReadOnlyCollection<double> values, int wanted, bool wholeSteps)
    {
        var (low, high) = values.Count == 0 ? (0, 1) : (values.Min(), values.Max());
        var size = Math.Max(Math.Abs(low), Math.Abs(high));

        // Values that differ only by rounding count as equal, because no ticks fit between them.
        if (high - low <= size * 1e-9)
        {
            var margin = size is > 0 and < 1 ? size * 0.1 : Math.Max(0.5, size * 0.1);
            (low, high) = (low - margin, high + margin);
        }
        var step = NiceStep((high - low) / wanted);
        if (wholeSteps)
        {
            low = Math.Floor(low / step + 1e-9) * step;
            high = Math.Ceiling(high / step - 1e-9) * step;
        }
        // If the data starts near zero, such as at step 50 of 20000, start the axis at 0.
        var tickBelow = Math.Floor(low / step) * step;
        if (low - tickBelow < 0.05 * (high - low))
        {
            low = tickBelow;
        }

        var ticks = new List<double>();
        for (var i = Math.Ceiling(low / step - 1e-9); i * step <= high + step * 1e-9; i++)
        {
            ticks.Add(i * step);
        }

        return new AxisScale(low, high, false, ticks);
    }

    /// <summary>Creates a logarithmic axis with ticks at powers of ten and, if these are few, at 2 and 5 times powers of ten.</summary>
    public static AxisScale Logarithmic(IReadOnlyCollection<double> values)
    {
        var (low, high) = values.Count == 0 ? (0.1, 1) : (values.Min(), values.Max());
        double[] factors = high / low > 200 ? [1] : [1, 2, 5];
        var marks = Enumerable.Range((int)Math.Floor(Math.Log10(low)), (int)Math.Ceiling(Math.Log10(high / low)) + 2)
            .SelectMany(power => factors.Select(factor => factor * Math.Pow(10, power))).ToArray();
        low = marks.Last(mark => mark <= low * (1 + 1e-9));
        high = marks.FirstOrDefault(mark => mark >= high * (1 - 1e-9) && mark > low, high * 2);
        return new AxisScale(low, high, true, marks.Where(mark => mark >= low && mark <= high).ToArray());
    }

    /// <summary>Returns a value's position on the axis: 0 at the low end, 1 at the high end.</summary>
    public double Position(double value) => logarithmic
        ? Math.Log(value / low) / Math.Log(high / low)
        : (value - low) / (high - low);

    public static string Label(double tick) => tick switch
    {
        0 => "0",
        _ when Math.Abs(tick) >= 1e7 || Math.Abs(tick) < 1e-4 => tick.ToString("0.##e0", CultureInfo.InvariantCulture),
        _ => Math.Round(tick, 7).ToString("0.#######", CultureInfo.InvariantCulture),
    };

    private static double NiceStep(double step)
    {
        var power = Math.Pow(10, Math.Floor(Math.Log10(step)));
        var factor = step / power;
        return power * (factor <= 1 ? 1 : factor <= 2 ? 2 : factor <= 5 ? 5 : 10);
    }
}
