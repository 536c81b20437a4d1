using TinySora.Engine.Training.Reports;
using TinySora.Engine.Training.Requests;
using TinySora.Engine.Training.Sinks;

namespace TinySora.Engine.Training;

/// <summary>What a run writes and measures between its steps.</summary>
public sealed class TrainingOutputs
{
    /// <summary>Writes a checkpoint of the state and returns its path.</summary>
    public required Func<string> Save { get; init; }

    /// <summary>Receives the steps; <c>null</c> if they are not recorded.</summary>
    public IStepSink? Metrics { get; init; }

    /// <summary>Draws a sample grid and returns its path, or <c>null</c> if it cannot be written.</summary>
    public Func<string?>? Preview { get; init; }

    /// <summary>Called every validate_every steps: measures the model and returns named scalars.</summary>
    public Func<IReadOnlyDictionary<string, double>>? Validate { get; init; }
}

/// <summary>How a call of training ended.</summary>
/// <param name="LastCheckpoint">Path of the newest checkpoint; <c>null</c> if there is none.</param>
/// <param name="Progress">The last progress that observers received; <c>null</c> if there was none.</param>
/// <param name="SkippedSteps">Steps whose update was skipped because their loss or gradient was not finite.</param>
public sealed record TrainingOutcome(RunState Reason, string? LastCheckpoint, TrainingProgress? Progress, int SkippedSteps);

/// <summary>What is due after a step, besides the report of the progress.</summary>
[Flags]
internal enum Due
{
    Progress = 0,
    Checkpoint = 1,
    Sample = 2,
    Validation = 4,

    /// <summary>The run ends, or its state was requested: a checkpoint in any case.</summary>
    FinalCheckpoint = 8,
}
