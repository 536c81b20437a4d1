using TinySora.Engine.Training.Requests;

namespace TinySora.Engine.Training.Results;

/// <summary>The result of a run: its files and why it ended.</summary>
/// <param name="Checkpoint">Path of the newest checkpoint; empty if nothing was trained yet.</param>
/// <param name="Loss">Smoothed loss; NaN if no step was taken.</param>
/// <param name="Elapsed">Duration of this call.</param>
/// <param name="SkippedClips">Number of files that could not be read.</param>
/// <param name="SkippedSteps">Number of steps in this call with a non-finite loss or gradient.</param>
public sealed record TrainingResult(
    string ResultsPath, string Checkpoint, int Step, double Loss, TimeSpan Elapsed, RunState StoppedBecause, int Clips, int SkippedClips,
    int SkippedSteps)
{
    /// <summary>The time limit that stopped the run, such as "stopped after 30 min of -MaxMinutes"; <c>null</c> if none did.</summary>
    public string? Ending { get; init; }

    /// <summary>Returns the path, so that the object can be piped to commands that take files.</summary>
    public override string ToString() => ResultsPath;
}
