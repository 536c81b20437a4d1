using TinySora.Engine.Training.Requests;

namespace TinySora.Engine.Training.Results;

/// <summary>The result of a run: where and why it ended.</summary>
/// <param name="Checkpoint">The newest checkpoint; empty where nothing was trained yet.</param>
/// <param name="Loss">Smoothed; NaN when no step was ever taken.</param>
/// <param name="Elapsed">Time of this call.</param>
/// <param name="SkippedClips">Files that could not be read.</param>
/// <param name="SkippedSteps">Steps of this call whose loss or gradient was not finite.</param>
public sealed record TrainingResult(
    string ResultsPath, string Checkpoint, int Step, double Loss, TimeSpan Elapsed, RunState StoppedBecause, int Clips, int SkippedClips,
    int SkippedSteps)
{
    /// <summary>What stopped the run before its end, as in "stopped after 30 min of -MaxMinutes"; `null` if its time did not.</summary>
    public string? Ending { get; init; }

    /// <summary>The path, which is what commands that take files read.</summary>
    public override string ToString() => ResultsPath;
}
