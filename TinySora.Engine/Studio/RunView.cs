using System.Globalization;
using System.Text.Json.Serialization;
using TinySora.Engine.Runs;
using TinySora.Engine.Runs.Display;
using TinySora.Engine.Training.Checkpoints;
using TinySora.Engine.Training.Requests;
using TinySora.Engine.Training.Results;
using TinySora.Engine.Training.Sinks;

namespace TinySora.Engine.Studio;

/// <summary>A run as it is shown on the page. The data does not include absolute paths, because users may send the page to others.</summary>
internal sealed record RunView
{
    /// <summary>Maximum size of an image in bytes. Larger images are omitted, because browsers could not open a page with many of them.</summary>
    private const int MaxSampleBytes = 4 << 20;

    /// <summary>Name of the run's folder, with a number appended if several folders have the same name.</summary>
    public required string Name { get; init; }

    /// <inheritdoc cref="RunComparison.Settings"/>
    public required string Settings { get; init; }

    public required IReadOnlyList<string> Tags { get; init; }

    public string? Note { get; init; }

    /// <inheritdoc cref="TrainingRun.State"/>
    [JsonConverter(typeof(JsonStringEnumConverter<RunState>))]
    public required RunState State { get; init; }

    public required bool IsLive { get; init; }
    public required int Step { get; init; }
    public required int TotalSteps { get; init; }
    public double? Loss { get; init; }

    /// <inheritdoc cref="TrainingRun.SmallestLoss"/>
    public double? SmallestLoss { get; init; }

    public double? StepsPerSecond { get; init; }

    /// <summary>Seconds until the last step; <c>null</c> if the run is not running.</summary>
    public double? Remaining { get; init; }

    /// <summary>Training time in seconds, including all resumptions.</summary>
    public double? Elapsed { get; init; }

    public double? Tflop { get; init; }
    public long? Clips { get; init; }
    public string? Problem { get; init; }
    public required IReadOnlyList<int> Checkpoints { get; init; }

    /// <summary>The clips that the run sampled, sorted by name, which puts the oldest first.</summary>
    public required IReadOnlyList<Sample> Samples { get; init; }

    /// <summary>
    /// Metrics of the run by name, starting with <c>loss</c> and <c>smoothed loss</c>, as pairs of step and value, reduced to at most a few thousand steps.
    /// </summary>
    public required IReadOnlyList<Curve> Curves { get; init; }

    /// <summary>The results folder, which is not sent to the page.</summary>
    [JsonIgnore]
    public string Folder { get; init; } = "";

    /// <param name="Step">Number of completed steps; several images may have the same number.</param>
    public sealed record Sample(string File, int Step);

    /// <param name="Points">Pairs of step and value, without non-finite values.</param>
    public sealed record Curve(string Name, IReadOnlyList<double[]> Points);

    /// <summary>Returns all runs in some folders. A folder without runs is not an error.</summary>
    public static IReadOnlyList<RunView> Of(IReadOnlyList<string> folders, CancellationToken cancellationToken = default)
    {
        var there = folders.Where(TrainingRun.AreIn).ToList();
        if (there.Count == 0)
        {
            return [];
        }

        var live = there.SelectMany(TrainingRun.List).DistinctBy(run => run.ResultsPath).ToDictionary(run => run.ResultsPath);
        var names = new HashSet<string>();
        return
        [
            .. RunComparison.Of(there).Where(run => live.ContainsKey(run.ResultsPath))
                .Select(run => Of(
                    run, live[run.ResultsPath], Unique(Path.GetFileName(Path.TrimEndingDirectorySeparator(run.ResultsPath))), cancellationToken)),
        ];

        string Unique(string name)
        {
            var unique = name;
            for (var number = 2; !names.Add(unique); number++)
            {
                unique = $"{name} ({number})";
            }

            return unique;
        }
    }

    /// <summary>Reads an image that the run sampled; returns <c>null</c> if there is no such image, or if the file no longer exists.</summary>
    public byte[]? Picture(string file) =>
        Samples.Any(sample => sample.File == file) ? SampleFiles.Read(Path.Combine(Folder, file), MaxSampleBytes) : null;

    private static RunView Of(RunComparison compared, TrainingRun run, string name, CancellationToken cancellationToken) => new()
    {
        Name = name,
        Settings = PathText.ShortenSettings(compared.Settings),
        Tags = run.Tags,
        Note = run.Note,
        State = run.State,
        IsLive = run.IsLive,
        Step = run.Step,
        TotalSteps = run.TotalSteps,
        Loss = run.Loss,
        SmallestLoss = run.SmallestLoss,
        StepsPerSecond = run.StepsPerSecond,
        Remaining = run.Remaining?.TotalSeconds,
        Elapsed = compared.Elapsed?.TotalSeconds,
        Tflop = compared.Tflop,
        Clips = compared.Clips,
        Problem = run.Problem is null ? null : PathText.Shorten(run.Problem),
        Checkpoints = [.. CheckpointStore.PathsIn(run.ResultsPath).Select(CheckpointStore.StepOf).OfType<int>().Order()],
        Samples = SamplesIn(run.ResultsPath),
        Curves = CurvesOf(new StepHistory(MetricsFile.ReadIfPossible(run.ResultsPath, cancellationToken))),
        Folder = run.ResultsPath,
    };

    private static List<Sample> SamplesIn(string folder) =>
    [
        .. SampleFiles.In(folder, MaxSampleBytes)
            .Select(file => new Sample(file.Name, int.TryParse(file.Name.Split('-', '.')[1], out var step) ? step : 0))
            .OrderBy(sample => sample.Step).ThenBy(sample => sample.File, StringComparer.Ordinal),
    ];

    private static List<Curve> CurvesOf(StepHistory history) =>
    [
        .. new (string Name, IEnumerable<(double X, double Y)> Points)[]
        {
            ("smoothed loss", history.SmoothedLoss), ("loss", history.Loss), ("clips per second", history.Rate), ("learning rate", history.LearningRate),
        }.Concat(history.Scalars.Select(scalar => (scalar.Name, Points: (IEnumerable<(double X, double Y)>)scalar.Points)))
            .Select(curve => new Curve(
                curve.Name, [.. curve.Points.Where(point => double.IsFinite(point.Y)).Select(point => new[] { point.X, Rounded(point.Y) })]))
            .Where(curve => curve.Points.Count > 0),
    ];

    /// <summary>Rounds to six digits. That is more than a screen can show, and makes the page a third smaller.</summary>
    private static double Rounded(double value) =>
        double.Parse(value.ToString("G6", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
}
