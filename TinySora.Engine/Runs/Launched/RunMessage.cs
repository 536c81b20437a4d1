using TinySora.Engine.Runs.Control;
using TinySora.Engine.Training.Reports;
using TinySora.Engine.Training.Results;

namespace TinySora.Engine.Runs.Launched;

/// <summary>A report from a run to the process that started it, sent as a line of JSON. Exactly one kind of report is set.</summary>
internal sealed record RunMessage
{
    public string? Starting { get; init; }

    public TrainingProgress? Progress { get; init; }

    public TrainingStep? Step { get; init; }

    /// <summary>Path of a file that was written after the step. The JSON of the step itself, which has the format of the metrics file, omits it.</summary>
    public string? Checkpoint { get; init; }

    /// <inheritdoc cref="Checkpoint"/>
    public string? Sample { get; init; }

    public string? Announcement { get; init; }

    public string? Message { get; init; }

    public string? Warning { get; init; }

    public RunEvent? Event { get; init; }

    /// <summary>Result of the run if it was successful; otherwise <c>null</c>.</summary>
    public TrainingResult? Result { get; init; }

    /// <summary>Error of the run if it failed; otherwise <c>null</c>.</summary>
    public RunAnswer.Refusal? Failure { get; init; }

    /// <summary>Whether the run was canceled before there was anything to save.</summary>
    public bool? IsCancelled { get; init; }
}
