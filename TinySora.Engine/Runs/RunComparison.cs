using TinySora.Engine.Configuration;
using TinySora.Engine.Errors;
using TinySora.Engine.Evaluation;
using TinySora.Engine.Formats;
using TinySora.Engine.Training.Checkpoints;
using TinySora.Engine.Training.Reports;
using TinySora.Engine.Training.Requests;
using TinySora.Engine.Training.Results;
using TinySora.Engine.Training.Sinks;

namespace TinySora.Engine.Runs;

/// <summary>One training run beside others: what it is, what it has reached, and what that has cost.</summary>
public sealed record RunComparison
{
    /// <summary>The name of the run's folder, with those of as many folders above it as tell it from the other runs: <c>monday/lean</c>.</summary>
    public required string Name { get; init; }

    public required string ResultsPath { get; init; }

    /// <summary>Keys of the configuration in which the runs that are compared differ: <c>objective=v, train_lr=0.0001</c>.</summary>
    public string Settings { get; init; } = "";

    /// <inheritdoc cref="TrainingRun.Tags"/>
    public TextList<string> Tags { get; init; } = [];

    /// <inheritdoc cref="TrainingRun.Note"/>
    public string? Note { get; init; }

    /// <inheritdoc cref="TrainingRun.State"/>
    public required RunState State { get; init; }

    public required int Step { get; init; }

    /// <summary>The loss, smoothed over some fifty steps; null before the first.</summary>
    public double? Loss { get; init; }

    /// <summary>What else the run measured, the last value of each by name: parts of the loss, and <c>val.*</c> of validations.</summary>
    public TextTable<double> Metrics { get; init; } = [];

    /// <summary>Time trained, over all resumptions; null where the run does not tell.</summary>
    public TimeSpan? Elapsed { get; init; }

    /// <inheritdoc cref="CheckpointInfo.Tflop"/>
    public double? Tflop { get; init; }

    /// <summary>Clips trained on, each as often as it was.</summary>
    public long? Clips { get; init; }

    /// <summary>Memory of the process that trains or trained, without a GPU's.</summary>
    public long? MemoryBytes { get; init; }

    /// <summary>The newest checkpoint; null: none yet.</summary>
    public string? Checkpoint { get; init; }

    /// <summary>Clips that were sampled to judge it; 0: it was not judged.</summary>
    public int Samples { get; init; }

    /// <summary>Share of the samples that show colour, shape and motion as asked for; null: it was not judged.</summary>
    public double? Adherence { get; init; }

    public double? Colour { get; init; }

    public double? Shape { get; init; }

    public double? Motion { get; init; }

    /// <summary>Compares runs by what their folders tell; nothing is sampled.</summary>
    /// <param name="folders">Each of a run, or with runs directly below it.</param>
    /// <exception cref="TinySoraException">NoRun.</exception>
    public static IReadOnlyList<RunComparison> Of(IReadOnlyList<string> folders)
    {
        var runs = folders.SelectMany(TrainingRun.List).DistinctBy(run => run.ResultsPath).Select(run => (Run: run, Config: ConfigOf(run))).ToList();
        var names = NamesOf([.. runs.Select(run => run.Run.ResultsPath)]);
        var settings = new Queue<IReadOnlyList<string>>(ConfigFile.Differing([.. runs.Select(run => run.Config).OfType<RunConfig>()]));
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

    /// <summary>The comparison with the verdicts on the run's samples.</summary>
    public RunComparison Judged(IReadOnlyList<AdherenceVerdict> verdicts)
    {
        return this with
        {
            Samples = verdicts.Count,
            Adherence = Share(verdict => verdict.Obeyed),
            Colour = Share(verdict => verdict.ColourObeyed),
            Shape = Share(verdict => verdict.ShapeObeyed),
            Motion = Share(verdict => verdict.MotionObeyed),
        };

        double? Share(Func<AdherenceVerdict, bool> obeys) => verdicts.Count == 0 ? null : (double)verdicts.Count(obeys) / verdicts.Count;
    }

    /// <summary>The path, which is what commands that take files read.</summary>
    public override string ToString() => ResultsPath;

    /// <summary>The shortest ends of paths, of whole names, that differ.</summary>
    private static IReadOnlyList<string> NamesOf(IReadOnlyList<string> paths)
    {
        var parts = paths.Select(path => path.Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries)).ToList();
        return [.. parts.Select(own => Enumerable.Range(1, Math.Max(1, own.Length)).Select(length => End(own, length))
            .FirstOrDefault(name => parts.Count(other => End(other, name.Split('/').Length) == name) == 1) ?? End(own, own.Length))];

        static string End(string[] parts, int length) => string.Join('/', parts.TakeLast(length));
    }

    private static TextTable<double> LastOfEach(IEnumerable<TrainingStep> steps) =>
        new(steps.SelectMany(step => step.Scalars ?? []).GroupBy(scalar => scalar.Key).Select(scalars => scalars.Last()));

    /// <summary>The configuration of a run; null where none can be read: the run has only begun, or is another program's.</summary>
    private static RunConfig? ConfigOf(TrainingRun run)
    {
        try
        {
            var path = Path.Combine(run.ResultsPath, ResultsFolder.ConfigName);
            return File.Exists(path) ? ConfigFile.ParseStored(ConfigFile.ReadText(path, followsLink: false), path)
                : run.Checkpoint is string checkpoint && CheckpointStore.Find(checkpoint) is { IsReadable: true } info
                ? ConfigFile.ParseStored(info.ConfigYaml, checkpoint)
                : null;
        }
        catch (TinySoraException)
        {
            return null;
        }
    }
}
