using TinySora.Engine.Runs.Orders;
using TinySora.Engine.Training.Reports;
using TinySora.Engine.Training.Results;

namespace TinySora.Engine.Runs.Launched;

/// <summary>What a run tells the process that has started it: one of these, as a line of JSON.</summary>
internal sealed record RunNews
{
    public string? Starting { get; init; }

    public TrainingProgress? Progress { get; init; }

    public TrainingStep? Step { get; init; }

    /// <summary>The checkpoint of the step, which the step's own JSON, that of the metrics, leaves out.</summary>
    public string? Checkpoint { get; init; }

    /// <inheritdoc cref="Checkpoint"/>
    public string? Sample { get; init; }

    public string? Announcement { get; init; }

    public string? Message { get; init; }

    public string? Warning { get; init; }

    public RunEvent? Event { get; init; }

    /// <summary>The result of a run that has ended well; null: it has not.</summary>
    public TrainingResult? Result { get; init; }

    /// <summary>The failure of a run; null: none.</summary>
    public RunAnswer.Refusal? Failure { get; init; }

    /// <summary>The run was ended before there was anything to save.</summary>
    public bool? IsCancelled { get; init; }
}
