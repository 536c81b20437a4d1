namespace TinySora.Engine.Training.Reports;

/// <summary>The progress of a run.</summary>
/// <param name="Step">Steps completed.</param>
/// <param name="Loss">Smoothed over some fifty steps.</param>
/// <param name="Remaining">Until the last step or the end of the time budget, whichever comes first.</param>
/// <param name="CheckpointPath">A checkpoint that was written just now.</param>
public sealed record TrainingProgress(
    int Step, int TotalSteps, double Loss, double StepsPerSecond, TimeSpan Remaining, double LearningRate, string? CheckpointPath)
{
    /// <summary>The step at which the time budget will be spent; null: the last step comes first.</summary>
    public int? LastInTime { get; init; }

    /// <summary>What the last step measured beside its loss, by name: parts of the loss, where the model has any.</summary>
    public IReadOnlyDictionary<string, double> Parts { get; init; } = new Dictionary<string, double>();

    /// <summary>The loss in words, with its parts in brackets.</summary>
    public string LossText => FormattableString.Invariant($"loss {Loss:0.0000}")
        + (Parts.Count == 0 ? "" : $" ({string.Join(", ", Parts.Select(part => FormattableString.Invariant($"{part.Key} {part.Value:0.####}")))})");
}
