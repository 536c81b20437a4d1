using TinySora.Engine.Configuration;
using TinySora.Engine.Errors;
using TinySora.Engine.Evaluation;
using TinySora.Engine.Files;
using TinySora.Engine.Formats;
using TinySora.Engine.Training.Checkpoints;
using TinySora.Engine.Training.Reports;
using TinySora.Engine.Training.Requests;
using TinySora.Engine.Training.Results;
using TinySora.Engine.Training.Sinks;

namespace TinySora.Engine.Runs;

/// <summary>A training run in comparison with others: configuration, results and cost.</summary>
public sealed record RunComparison
{
    /// <summary>Shortest unique name of the run: its folder, with as many parent folders as needed, such as <c>monday/lean</c>.</summary>
    public required string Name { get; init; }

    public required string ResultsPath { get; init; }

    /// <summary>Configuration keys in which the compared runs differ, with their values, such as <c>objective=v, train_lr=0.0001</c>.</summary>
    public string Settings { get; init; } = "";

    /// <inheritdoc cref="TrainingRun.Tags"/>
    public TextList<string> Tags { get; init; } = [];

    /// <inheritdoc cref="TrainingRun.Note"/>
    public string? Note { get; init; }

    /// <inheritdoc cref="TrainingRun.State"/>
    public required RunState State { get; init; }

    public required int Step { get; init; }

    /// <summary>Loss, smoothed over about 50 steps; <c>null</c> before the first step.</summary>
    public double? Loss { get; init; }

    /// <summary>Last value of each other metric by name: parts of the loss, and <c>val.*</c> from validations.</summary>
    public TextTable<double> Metrics { get; init; } = [];

    /// <summary>Total training time, including the time after each resumption; <c>null</c> if it was not recorded.</summary>
    public TimeSpan? Elapsed { get; init; }

    /// <inheritdoc cref="CheckpointInfo.Tflop"/>
    public double? Tflop { get; init; }

    /// <summary>Number of clips trained on, counting repetitions.</summary>
    public long? Clips { get; init; }

    /// <summary>Memory of the training process in bytes, without GPU memory; <c>null</c> if it is unknown.</summary>
    public long? MemoryBytes { get; init; }

    /// <summary>Path of the newest checkpoint; <c>null</c> if there is none.</summary>
    public string? Checkpoint { get; init; }

    /// <summary>Number of clips sampled to measure adherence; 0 if adherence was not measured.</summary>
    public int Samples { get; init; }

    /// <summary>Fraction of the sampled clips that show the requested color, shape and motion; <c>null</c> if it was not measured.</summary>
    public double? Adherence { get; init; }

    public double? Color { get; init; }

    public double? Shape { get; init; }

    public double? Motion { get; init; }

    /// <summary>Compares runs by the contents of their folders, without sampling.</summary>
    /// <param name="folders">Folders of runs, or folders that directly contain runs.</param>
    /// <exception cref="TinySoraException">NoRun.</exception>
    public static IReadOnlyList<RunComparison> Of(IReadOnlyList<string> folders)
    {
        var runs = folders.SelectMany(TrainingRun.List).DistinctBy(run => run.ResultsPath).Select(run => (Run: run, Config: ConfigOf(run))).ToList();
        var names = NamesOf([.. runs.Select(run => run.Run.ResultsPath)]);
        var settings = new Queue<IReadOnlyList<string>>(ConfigFile.DescribeDifferences([.. runs.Select(run => run.Config).OfType<RunConfig>()]));
        return
        [
            .. runs.Select((pair, index) => (
                pair.Run, pair.Config, Name: names[index], Steps: MetricsFile.ReadIfPossible(pair.Run.ResultsPath))).Select(pair => new RunComparison
            {
                Name = pair.Name,
                ResultsPath = pair.Run.ResultsPath,
                Settings = pair.Config is null ? "" : string.Join(", ", settings.Dequeue()),
                Tags = pair.Run.Tags,
                Note = pair.Run.Note,
                State = pair.Run.State,
                Step = pair.Run.Step,
                Loss = pair.Run.Loss,
                Metrics = LastOfEach(pair.Steps),
                Elapsed = pair.Steps is [.., var last] ? last.Elapsed : null,
                Tflop = pair.Steps is [.., var newest] ? newest.Tflop
                    : pair.Run.Checkpoint is string checkpoint ? CheckpointStore.Find(checkpoint)?.Tflop : null,
                Clips = (long?)pair.Run.Step * pair.Config?.Trainer.ExamplesPerStep,
                MemoryBytes = RunStatus.Read(pair.Run.ResultsPath)?.MemoryBytes,
                Checkpoint = pair.Run.Checkpoint,
            }),
        ];
    }

    /// <summary>Returns the comparison with the adherence of the run's samples.</summary>
    public RunComparison WithAdherence(IReadOnlyList<AdherenceVerdict> verdicts)
    {
        return this with
        {
            Samples = verdicts.Count,
            Adherence = Share(verdict => verdict.Obeyed),
            Color = Share(verdict => verdict.ColorObeyed),
            Shape = Share(verdict => verdict.ShapeObeyed),
            Motion = Share(verdict => verdict.MotionObeyed),
        };

        double? Share(Func<AdherenceVerdict, bool> obeys) => verdicts.Count == 0 ? null : (double)verdicts.Count(obeys) / verdicts.Count;
    }

    /// <summary>Returns the path, so that the object can be piped to commands that take files.</summary>
    public override string ToString() => ResultsPath;

    /// <summary>Returns the shortest unique suffix of each path, which consists of whole folder names.</summary>
    private static IReadOnlyList<string> NamesOf(IReadOnlyList<string> paths)
    {
        var parts = paths.Select(path => path.Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries)).ToList();
        return [.. parts.Select(own => Enumerable.Range(1, Math.Max(1, own.Length)).Select(length => End(own, length))
            .FirstOrDefault(name => parts.Count(other => End(other, name.Split('/').Length) == name) == 1) ?? End(own, own.Length))];

        static string End(string[] parts, int length) => string.Join('/', parts.TakeLast(length));
    }

    private static TextTable<double> LastOfEach(IEnumerable<TrainingStep> steps) =>
        new(steps.SelectMany(step => step.Scalars ?? []).GroupBy(scalar => scalar.Key).Select(scalars => scalars.Last()));

    /// <summary>
    /// Returns the configuration of a run; <c>null</c> if it cannot be read, for example because the run has just started or belongs to another program.
    /// </summary>
    private static RunConfig? ConfigOf(TrainingRun run) => OnFailure.Recover(null, () =>
    {
        var path = Path.Combine(run.ResultsPath, ResultsFolder.ConfigName);
        return File.Exists(path) ? ConfigFile.ParseStored(ConfigFile.ReadText(path, followsLink: false), path)
            : run.Checkpoint is string checkpoint && CheckpointStore.Find(checkpoint) is { IsReadable: true } info
            ? ConfigFile.ParseStored(info.ConfigYaml, checkpoint)
            : null;
    });
}
