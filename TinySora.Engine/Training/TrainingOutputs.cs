using TinySora.Engine.Training.Reports;
using TinySora.Engine.Training.Requests;
using TinySora.Engine.Training.Sinks;

namespace TinySora.Engine.Training;

/// <summary>Outputs and measurements of a run between its steps.</summary>
public sealed class TrainingOutputs
{
    /// <summary>Writes a checkpoint of the state and returns its path.</summary>
    public required Func<string> Save { get; init; }

    /// <summary>Receives the steps; <c>null</c> if they are not recorded.</summary>
    public IStepSink? Metrics { get; init; }

    /// <summary>Draws a sample grid and returns its path, or <c>null</c> if it cannot be written.</summary>
    public Func<string?>? Preview { get; init; }

    /// <summary>Called every validate_every steps: measures the model and returns scalars by name.</summary>
    public Func<IReadOnlyDictionary<string, double>>? Validate { get; init; }
}

/// <summary>The outcome of a training call.</summary>
/// <param name="LastCheckpoint">Path of the newest checkpoint; <c>null</c> if there is none.</param>
/// <param name="Progress">The last progress that observers received; <c>null</c> if there was none.</param>
/// <param name="SkippedSteps">Number of skipped updates because of a non-finite loss or gradient.</param>
public sealed record TrainingOutcome(RunState Reason, string? LastCheckpoint, TrainingProgress? Progress, int SkippedSteps);

/// <summary>Actions due after a step, besides the progress report.</summary>
[Flags]
internal enum Due
{
    Progress = 0,
    Checkpoint = 1,
    Sample = 2,
    Validation = 4,

    /// <summary>A checkpoint in any case, because the run ends or its state was requested.</summary>
    FinalCheckpoint = 8,
}
