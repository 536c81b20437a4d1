using TinySora.Engine.Training.Reports;
using TinySora.Engine.Training.Requests;
using TinySora.Engine.Training.Sinks;

namespace TinySora.Engine.Training;

/// <summary>Functions that write output and measure the model between the steps of a run.</summary>
public sealed class TrainingOutputs
{
    /// <summary>Function that writes a checkpoint of the state and returns its path.</summary>
    public required Func<string> Save { get; init; }

    /// <summary>Log that receives the metrics of the steps; <c>null</c> if they are not recorded.</summary>
    public IStepSink? Metrics { get; init; }

    /// <summary>
    /// Function that draws a sample grid and returns its path, or <c>null</c> if the grid cannot be written. <c>null</c> if sample grids are disabled.
    /// </summary>
    public Func<string?>? Preview { get; init; }

    /// <summary>Function that validates the model and returns the metrics by name. It is called every <c>validate_every</c> steps.</summary>
    public Func<IReadOnlyDictionary<string, double>>? Validate { get; init; }
}

/// <summary>The outcome of one call that starts or resumes training.</summary>
/// <param name="LastCheckpoint">Path of the newest checkpoint; <c>null</c> if there is none.</param>
/// <param name="Progress">The last progress that observers received; <c>null</c> if there was none.</param>
/// <param name="SkippedSteps">Number of steps skipped because of a non-finite loss or gradient.</param>
public sealed record TrainingOutcome(RunState Reason, string? LastCheckpoint, TrainingProgress? Progress, int SkippedSteps);

/// <summary>Actions due after a step, besides the progress report.</summary>
[Flags]
internal enum Due
{
    Progress = 0,
    Checkpoint = 1,
    Sample = 2,
    Validation = 4,

    /// <summary>A checkpoint that must be written, because the run ends or a checkpoint was requested.</summary>
    FinalCheckpoint = 8,
}
