namespace TinySora.Engine.Training.Reports;

/// <summary>The progress of a training run.</summary>
/// <param name="Step">Number of completed steps.</param>
/// <param name="Loss">Loss, smoothed over about 50 steps.</param>
/// <param name="Remaining">Time until the last step or the end of the time budget, whichever comes first; <c>null</c> if neither is known yet.</param>
/// <param name="CheckpointPath">Path of the checkpoint just written, if any.</param>
public sealed record TrainingProgress(
    int Step, int TotalSteps, double Loss, double StepsPerSecond, TimeSpan? Remaining, double LearningRate, string? CheckpointPath)
{
    /// <summary>Step at which the time budget will be used up; <c>null</c> if the last step is reached earlier.</summary>
    public int? LastInTime { get; init; }

    /// <summary>Parts of the last step's loss by name; empty if the loss does not have parts.</summary>
    public IReadOnlyDictionary<string, double> Parts { get; init; } = new Dictionary<string, double>();

    /// <summary>The loss as text, followed by its parts in parentheses.</summary>
    public string LossText => FormattableString.Invariant($"loss {Loss:0.0000}")
        + (Parts.Count == 0 ? "" : $" ({string.Join(", ", Parts.Select(part => FormattableString.Invariant($"{part.Key} {part.Value:0.####}")))})");
}
