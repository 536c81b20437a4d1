using System.Globalization;
using System.Net;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;
using TinySora.Engine.Training;
using TinySora.Engine.Training.Requests;
using TinySora.Engine.Training.Results;
using static System.FormattableString;

namespace TinySora.Engine.Runs.Display;

/// <summary>
/// <c>dashboard.html</c> in a results folder: a self-contained page without scripts or links that reloads itself while the run is in progress.
/// </summary>
internal sealed class Dashboard(string folder)
{
    public const string Name = ResultsFolder.DashboardName;

    private const int RefreshSeconds = 10;
    private const int MaxSamples = 3;

    /// <summary>Maximum size of an embedded sample in bytes, limited because the page is reloaded often.</summary>
    private const int MaxSampleBytes = 4 << 20;

    private readonly Dictionary<string, string> pictures = [];

    /// <exception cref="TinySoraException">CannotWrite.</exception>
    public void Write(RunStatus status, StepHistory history) => AtomicFile.WriteWithoutFlush(
        Path.Combine(folder, Name), Page(status, history), WeightFileErrors.CannotWrite);

    private string Page(RunStatus status, StepHistory history)
    {
        var live = status.State.IsLive();
        var title = Encode(Path.GetFileName(Path.GetFullPath(folder)));
        var share = status.TotalSteps > 0 ? Math.Clamp(100.0 * status.Step / status.TotalSteps, 0, 100) : 0;
        var again = live ? $"; reloads every {RefreshSeconds} seconds" : "";
        return $"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            {(live ? $"<meta http-equiv=\"refresh\" content=\"{RefreshSeconds}\">" : "<!-- The run has ended; this page is final. -->")}
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <title>{title} - TinySora</title>
            <style>
            {Style}
            </style>
            </head>
            <body>
            <header><h1>{title}</h1><span class="state {$"{status.State}".ToLowerInvariant()}">{status.State}</span></header>
            <div class="bar" role="progressbar" aria-label="Completed steps" aria-valuenow="{Invariant($"{share:0}")}">
            <i style="width:{Invariant($"{share:0.##}")}%"></i></div>
            {(status.Problem is null ? "" : $"<p class=\"problem\">{Encode(status.Problem)}</p>")}
            <dl>
            {string.Join('\n', Figures(status, history).Select(figure => $"<div><dt>{figure.Name}</dt><dd>{Encode(figure.Value)}</dd></div>"))}
            </dl>
            {Charts(history, status.SmallestLoss)}
            {Samples()}
            <footer>As of {Invariant($"{status.UpdatedAt.ToLocalTime():yyyy-MM-dd HH:mm:ss}")}{again}. {Encode(Path.GetFullPath(folder))}</footer>
            </body>
            </html>

            """;
    }

    private static IEnumerable<(string Name, string Value)> Figures(RunStatus status, StepHistory history)
    {
        yield return ("Step", Invariant($"{status.Step:N0} of {status.TotalSteps:N0}") + (status.Ending is string ending ? $", {ending}" : ""));
        yield return ("Loss", status.Loss is double loss ? Invariant($"{loss:0.0000}") : "-");
        yield return ("Rate", Invariant($"{status.StepsPerSecond:0.00} steps/s, {history.ClipsPerSecond:0.0} clips/s"));
        yield return ("Time left", status.State == RunState.Running && status.RemainingSeconds is double seconds ? Clock(TimeSpan.FromSeconds(seconds)) : "-");
        yield return ("Trained for", Clock(history.Elapsed));
        yield return ("Learning rate", Invariant($"{status.LearningRate:0.###e+0}"));
        yield return ("Memory", Invariant($"{status.MemoryBytes / 1e6:N0} MB"));
        yield return ("Device", status.Device);
    }

    /// <inheritdoc cref="TrainingRun.SmallestLoss" path="/summary"/>
    private static string Charts(StepHistory history, double? smallestLoss)
    {
        if (history.LastStep == 0)
        {
            return "<p>No steps yet.</p>";
        }

        // If the loss falls to a tenth or less, a linear axis hides later changes.
        var losses = history.Loss.Select(point => point.Y).Where(double.IsFinite).Order().ToList();
        var logarithmic = losses is [> 0 and var low, ..] && losses[losses.Count * 99 / 100] / low > 10;
        var key = smallestLoss is null ? "" : Invariant($" <i class=\"key least\"></i> smallest possible: {smallestLoss:0.0000}");
        List<(string Class, IEnumerable<(double X, double Y)> Points)> lines = [("raw", history.Loss), ("mean", history.SmoothedLoss)];
        if (smallestLoss is double least)
        {
            lines.Add(("least", [(history.Loss.First().X, least), (history.LastStep, least)]));
        }

        return $"""
            <section><h2>Loss <small><i class="key raw"></i> per step <i class="key mean"></i> smoothed{key}</small></h2>
            {SvgChart.Draw("Loss over steps", SvgChart.FullWidth, 300, logarithmic, [.. lines])}
            </section>
            <div class="pair">
            <section><h2>Clips per second</h2>
            {SvgChart.Draw("Clips per second over steps", SvgChart.FullWidth / 2, 180, false, ("rate", history.Rate))}
            </section>
            <section><h2>Learning rate</h2>
            {SvgChart.Draw("Learning rate over steps", SvgChart.FullWidth / 2, 180, false, ("rate", history.LearningRate))}
            </section>
            </div>
            {string.Join('\n', history.Scalars.Chunk(2).Select(pair => $"<div class=\"pair\">{string.Concat(pair.Select(Scalar))}</div>"))}
            """;
    }

    private static string Scalar((string Name, IReadOnlyList<(double X, double Y)> Points) series) => $"""

        <section><h2>{Encode(series.Name)} <small>{Invariant($"{series.Points[^1].Y:0.####}")}</small></h2>
        {SvgChart.Draw($"{series.Name} over steps", SvgChart.FullWidth / 2, 180, false, ("rate", series.Points))}
        </section>
        """;

    private string Samples()
    {
        var files = SampleFiles.In(folder, MaxSampleBytes).OrderByDescending(file => file.LastWriteTimeUtc).Take(MaxSamples).ToList();
        foreach (var gone in pictures.Keys.Except(files.Select(Key)).ToList())
        {
            pictures.Remove(gone);
        }

        foreach (var file in files.Where(file => !pictures.ContainsKey(Key(file))))
        {
            if (SampleFiles.Read(file.FullName, MaxSampleBytes) is byte[] bytes)
            {
                pictures[Key(file)] = Convert.ToBase64String(bytes);
            }
        }

        var figures = files.Where(file => pictures.ContainsKey(Key(file))).Select(file =>
        {
            var data = pictures[Key(file)];
            return $"<figure><img alt=\"\" src=\"data:image/gif;base64,{data}\"><figcaption>{Encode(file.Name)}</figcaption></figure>";
        }).ToList();
        return figures.Count == 0 ? "" : $"<section><h2>Latest samples</h2><div class=\"samples\">{string.Join('\n', figures)}</div></section>";

        static string Key(FileInfo file) => Invariant($"{file.Name} {file.Length} {file.LastWriteTimeUtc.Ticks}");
    }

    /// <summary>Formats a time as h:mm:ss, so that digits stay in place while the page reloads.</summary>
    private static string Clock(TimeSpan time) =>
        time.TotalDays >= 1 ? Durations.Text(time) : time.ToString(@"h\:mm\:ss", CultureInfo.InvariantCulture);

    private static string Encode(string text) => WebUtility.HtmlEncode(text);

    private const string Style = """
        :root { --page: #f6f7f9; --card: #fff; --ink: #1c2330; --dim: #667085; --line: #e3e6eb;
          --accent: #0072b2; --soft: #9ecae9; --second: #009e73; --bad: #b42318; }
        @media (prefers-color-scheme: dark) {
          :root { --page: #12151b; --card: #1b2029; --ink: #e6e9ef; --dim: #98a2b3; --line: #303846;
            --accent: #56b4e9; --soft: #2b5d7c; --second: #3fd0a4; --bad: #f97066; }
        }
        * { box-sizing: border-box; }
        body { margin: 0 auto; padding: 1.2rem; max-width: 64rem; background: var(--page); color: var(--ink); font: 15px/1.45 system-ui, sans-serif; }
        header { display: flex; align-items: center; gap: .8rem; }
        h1 { font-size: 1.4rem; margin: .2rem 0; overflow-wrap: anywhere; }
        h2 { font-size: 1rem; margin: 0 0 .4rem; }
        h2 small { font-weight: normal; color: var(--dim); margin-left: .5rem; }
        .state { padding: .1rem .7rem; border-radius: 1rem; background: var(--line); }
        .running { background: var(--second); color: var(--page); }
        .failed { background: var(--bad); color: var(--page); }
        .problem { color: var(--bad); white-space: pre-line; }
        .bar { height: .45rem; border-radius: .3rem; background: var(--line); margin: .6rem 0 1rem; overflow: hidden; }
        .bar i { display: block; height: 100%; background: var(--accent); }
        dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(11rem, 1fr)); gap: .7rem; margin: 0 0 1rem; }
        dl div, section { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; padding: .7rem .9rem; }
        dt { color: var(--dim); font-size: .85rem; }
        dd { margin: 0; font-variant-numeric: tabular-nums; }
        section { margin-bottom: 1rem; }
        .pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(20rem, 1fr)); gap: 0 1rem; }
        svg { display: block; width: 100%; height: auto; }
        svg text { fill: var(--dim); font-size: 12px; }
        .grid { stroke: var(--line); }
        polyline { fill: none; stroke-width: 2; stroke-linejoin: round; }
        .raw { stroke: var(--soft); }
        .mean { stroke: var(--accent); }
        .rate, .least { stroke: var(--second); }
        .key { display: inline-block; width: 1.3rem; height: .25rem; vertical-align: middle; }
        .key.raw { background: var(--soft); }
        .key.mean { background: var(--accent); }
        .key.least { background: var(--second); }
        .samples { display: flex; flex-wrap: wrap; gap: 1rem; align-items: flex-start; }
        figure { margin: 0; }
        img { display: block; max-width: 100%; min-width: 13rem; image-rendering: pixelated; border-radius: .3rem; }
        figcaption { color: var(--dim); font-size: .85rem; margin-top: .2rem; }
        footer { color: var(--dim); font-size: .85rem; overflow-wrap: anywhere; }
        """;
}
