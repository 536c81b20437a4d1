using TinySora.Engine.Training.Requests;

namespace TinySora.Engine.Training.Results;

/// <summary>The result of a run: its files, and the reason why it ended.</summary>
/// <param name="Checkpoint">Path of the newest checkpoint; empty if there is none yet.</param>
/// <param name="Loss">Smoothed loss; NaN if no step was taken.</param>
/// <param name="Elapsed">Duration of this call.</param>
/// <param name="SkippedClips">Number of files that could not be read.</param>
/// <param name="SkippedSteps">Number of steps in this call with a non-finite loss or gradient.</param>
public sealed record TrainingResult(
    string ResultsPath, string Checkpoint, int Step, double Loss, TimeSpan Elapsed, RunState StoppedBecause, int Clips, int SkippedClips,
    int SkippedSteps)
{
    /// <summary>Text about the time limit that stopped the run, such as "stopped after 30 min of -MaxMinutes"; <c>null</c> if no limit did.</summary>
    public string? Ending { get; init; }

    /// <summary>Returns the path, so that the object can be piped to commands that take files.</summary>
    public override string ToString() => ResultsPath;
}
