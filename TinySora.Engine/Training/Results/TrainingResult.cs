using TinySora.Engine.Training.Requests;

namespace TinySora.Engine.Training.Results;

/// <summary>The result of a run: its files, and the reason why it ended.</summary>
/// <param name="Checkpoint">Path of the newest checkpoint; empty if there is none yet.</param>
/// <param name="Loss">Smoothed loss; NaN if no step was taken.</param>
/// <param name="Elapsed">Time since the run was last started or resumed.</param>
/// <param name="SkippedClips">Number of clip files that were skipped because they could not be read.</param>
/// <param name="SkippedSteps">Number of steps skipped in that time because of a non-finite loss or gradient.</param>
public sealed record TrainingResult(
    string ResultsPath, string Checkpoint, int Step, double Loss, TimeSpan Elapsed, RunState StoppedBecause, int Clips, int SkippedClips,
    int SkippedSteps)
{
    /// <summary>Text about the time limit that stopped the run, such as "stopped after 30 min (-MaxMinutes)"; <c>null</c> if no limit did.</summary>
    public string? Ending { get; init; }

    /// <summary>Returns the path of the results folder, so that the object can be piped to commands that accept files.</summary>
    public override string ToString() => ResultsPath;
}
