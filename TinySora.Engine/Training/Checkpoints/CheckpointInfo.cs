using TinySora.Engine.Configuration;
using TinySora.Engine.Errors;
using TinySora.Engine.Formats;
using TinySora.Engine.Training.Optimization;

namespace TinySora.Engine.Training.Checkpoints;

/// <summary>A checkpoint file, described without reading its weights.</summary>
/// <param name="Step">Number of completed optimizer steps.</param>
/// <param name="Loss">Smoothed training loss; <c>null</c> if nothing was trained, or the file cannot be read.</param>
/// <param name="Length">Size in bytes.</param>
/// <param name="IsBest">Whether this is the best checkpoint in its folder by the metric in <see cref="BestBy"/>.</param>
public sealed record CheckpointInfo(
    string Path, int Step, double? Loss, DateTime SavedAt, long Length, string Family, string ConfigYaml, bool IsBest)
{
    /// <summary>Validation results at this step by name; empty if there was no validation.</summary>
    public TextTable<double> Metrics { get; init; } = [];

    /// <summary>
    /// Training compute in TFLOP (10^12 operations), including that of the autoencoder; <c>null</c> for a checkpoint from an earlier version, or from a run
    /// that resumes from such a checkpoint.
    /// </summary>
    public double? Tflop { get; init; }

    /// <inheritdoc cref="TrainingState.Spent"/>
    internal TimeSpan Spent { get; init; }

    /// <inheritdoc cref="TrainingState.IsCutOff"/>
    internal bool IsCutOff { get; init; }

    /// <summary>Metric that selects the best checkpoint of the run; see <see cref="TrainerConfig.BestBy"/>.</summary>
    public string BestBy { get; init; } = BestMetric.Loss;

    /// <summary>Rows of the <c>trainer.keep_if</c> table that the checkpoint passes and fails; <c>null</c> if the run has no such table.</summary>
    public ExpectationResults? Rows { get; init; }

    /// <summary>Note that was added during export, for example about the training and its results; <c>null</c> if there is none.</summary>
    public string? Note { get; init; }

    /// <summary>Base model of the adapter that the file contains, and the adapter's description; <c>null</c> if the file contains a whole model.</summary>
    public AdapterInfo? AdapterOf { get; init; }

    /// <summary>
    /// Keys that were set when published weights were imported, with their original values in the configuration; see <see cref="PublishedKeys"/>.
    /// </summary>
    internal TextTable<string> PublishedKeys { get; init; } = [];

    /// <summary>Reason why the file cannot be used; <c>null</c> if it can be used.</summary>
    public string? Problem { get; init; }

    /// <summary>Error if the system does not allow reading the file, although the file may be intact; <c>null</c> otherwise.</summary>
    internal TinySoraException? Refusal { get; init; }

    public bool IsReadable => Problem is null;

    /// <summary>Returns the path of the file, so that the object can be piped to commands that accept files.</summary>
    public override string ToString() => Path;

    /// <summary>Returns the value of a metric by name; <c>null</c> if the checkpoint does not contain it.</summary>
    internal double? Metric(string name) => name == BestMetric.Loss ? Loss : Metrics.TryGetValue(name, out var value) ? value : null;
}
