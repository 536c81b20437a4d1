namespace TinySora.Engine.Training;

/// <summary>How far a run is.</summary>
/// <param name="Step">Steps completed.</param>
/// <param name="Loss">Smoothed over some fifty steps.</param>
/// <param name="Remaining">Until the last step or the end of the time budget, whichever comes first.</param>
/// <param name="CheckpointPath">A checkpoint that was written just now.</param>
public sealed record TrainingProgress(
    int Step, int TotalSteps, double Loss, double StepsPerSecond, TimeSpan Remaining, double LearningRate, string? CheckpointPath);
