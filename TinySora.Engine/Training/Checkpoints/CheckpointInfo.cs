using TinySora.Engine.Configuration;
using TinySora.Engine.Errors;
using TinySora.Engine.Formats;
using TinySora.Engine.Training.Optimization;

namespace TinySora.Engine.Training.Checkpoints;

/// <summary>One checkpoint file, described without reading its weights.</summary>
/// <param name="Step">Optimizer steps completed.</param>
/// <param name="Loss">Smoothed training loss; null when nothing was trained or the file cannot be read.</param>
/// <param name="Length">Bytes.</param>
/// <param name="IsBest">It is the best of its folder by what its <see cref="BestBy"/> names.</param>
public sealed record CheckpointInfo(
    string Path, int Step, double? Loss, DateTime SavedAt, long Length, string Family, string ConfigYaml, bool IsBest)
{
    /// <summary>What a validation at this step measured, by name; empty: there was none.</summary>
    public TextTable<double> Metrics { get; init; } = [];

    /// <summary>
    /// The arithmetic of its training in TFLOP (10^12 operations), that of its autoencoder included; null: a checkpoint of an earlier version,
    /// or one that continues such a run.
    /// </summary>
    public double? Tflop { get; init; }

    /// <inheritdoc cref="TrainingState.Spent"/>
    internal TimeSpan Spent { get; init; }

    /// <inheritdoc cref="TrainingState.IsCutOff"/>
    internal bool IsCutOff { get; init; }

    /// <summary>What tells the best checkpoint of its run, see <see cref="TrainerConfig.BestBy"/>.</summary>
    public string BestBy { get; init; } = BestMetric.Loss;

    /// <summary>The rows of <c>trainer.keep_if</c> that it passes and fails; null: its run has none.</summary>
    public RowResults? Rows { get; init; }

    /// <summary>What whoever exported the file wrote into it: how it was made, what it reaches.</summary>
    public string? Note { get; init; }

    /// <summary>
    /// The keys that the import of published weights set, with the values that the configuration had for them; see <see cref="PublishedKeys"/>.
    /// </summary>
    internal TextTable<string> PublishedKeys { get; init; } = [];

    /// <summary>Why the file cannot be used; null when it can.</summary>
    public string? Problem { get; init; }

    /// <summary>Why the system does not let the file be read, be it whole or not; null: it does.</summary>
    internal TinySoraException? Refusal { get; init; }

    public bool IsReadable => Problem is null;

    /// <summary>The path, which is what commands that take files read.</summary>
    public override string ToString() => Path;

    /// <summary>A named scalar; null where the checkpoint does not have it.</summary>
    internal double? Metric(string name) => name == BestMetric.Loss ? Loss : Metrics.TryGetValue(name, out var value) ? value : null;
}
