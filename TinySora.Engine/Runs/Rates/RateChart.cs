using TinySora.Engine.Errors;
using TinySora.Engine.Files;
using TinySora.Engine.Media.Drawing;
using TinySora.Engine.Media.Files;
using TinySora.Engine.Runs.Display;

namespace TinySora.Engine.Runs.Rates;

/// <summary>Draws the loss as a function of the learning rate, from the results of a learning rate search.</summary>
public static class RateChart
{
    /// <summary>Supported file extensions.</summary>
    public static readonly IReadOnlyList<string> Extensions = [".png", Ending];

    private const string Ending = ".svg";
    private const string Title = "Loss over the learning rate";
    private const int Height = 405;

    /// <summary>Style of a standalone SVG file, which follows the viewer's light or dark mode.</summary>
    private const string Style = "<style>polyline{fill:none;stroke-width:1.5}.grid{stroke:#e2e4e8}.step{stroke:#56b4e9;stroke-width:.7}.mean{stroke:#0072b2}"
        + ".suggested{stroke:#d55e00}text{font:12px sans-serif;fill:#333}"
        + "@media(prefers-color-scheme:dark){svg{background:#1b2029}.grid{stroke:#343d4c}.mean{stroke:#56b4e9}"
        + ".suggested{stroke:#ff8c42}text{fill:#e6e9ef}}</style>";

    /// <param name="path">Path ending in .svg or .png.</param>
    /// <param name="dark">Whether a PNG has a dark background.</param>
    /// <exception cref="TinySoraException">CannotWrite, or the error for an unsupported extension.</exception>
    public static void Write(string path, RateSearch search, bool overwrite = true, bool dark = false)
    {
        var most = 2 * search.Points.Select(point => point.Smoothed).DefaultIfEmpty(1).First();
        var steps = search.Points.Select(point => (X: Math.Log10(point.Rate), Y: Math.Min(point.Loss, most))).ToList();
        var means = search.Points.Select(point => (X: Math.Log10(point.Rate), Y: Math.Min(point.Smoothed, most))).ToList();
        List<(double X, double Y)> suggested = search.Suggested is not double rate || means.Count == 0 ? []
            : [(Math.Log10(rate), means.Min(point => point.Y)), (Math.Log10(rate), means.Max(point => point.Y))];
        if (!path.EndsWith(Ending, StringComparison.OrdinalIgnoreCase))
        {
            ClipFile.Write(path, LineChart.Draw(
                Title, "logarithm of the rate, base 10", [("each step", steps), ("smoothed", means), ("suggested", suggested)], dark: dark),
                overwrite: overwrite);
            return;
        }

        var svg = SvgChart.Draw(Title, SvgChart.FullWidth, Height, logarithmic: false, ("step", steps), ("mean", means), ("suggested", suggested));
        AtomicFile.WriteText(
            path, svg.Replace("<svg ", "<svg xmlns=\"http://www.w3.org/2000/svg\" ", StringComparison.Ordinal)
                .Replace("</svg>", Style + "</svg>", StringComparison.Ordinal), WeightFileErrors.CannotWrite, overwrite);
    }
}
