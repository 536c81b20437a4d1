using TinySora.Engine.Errors;
using TinySora.Engine.Training;
using TinySora.Engine.Training.Reports;
using TinySora.Engine.Training.Requests;
using TinySora.Engine.Training.Results;

namespace TinySora.Engine.Runs;

/// <summary>Creates the event that reports the end of a run.</summary>
public static class RunEnd
{
    /// <summary>Returns the event for a run that ended without an error; <c>null</c> if there was nothing to do.</summary>
    public static RunEvent? Of(TrainingResult result) => result.StoppedBecause is RunState.AlreadyComplete or RunState.OutsideHours ? null
        : new RunEvent(RunEventKind.Ended, result.Step, $"{result.StoppedBecause} {result.Ending ?? $"after {Durations.Text(result.Elapsed)}"}.")
        {
            ResultsPath = result.ResultsPath, Loss = result.Loss, Checkpoint = result.Checkpoint, StoppedBecause = result.StoppedBecause,
        };

    /// <summary>Returns the event for a run that failed, or was canceled before there was anything to save.</summary>
    /// <param name="step">Number of completed steps, if known.</param>
    public static RunEvent Of(Exception failure, int step)
    {
        if (failure is OperationCanceledException)
        {
            return new RunEvent(RunEventKind.Ended, step, "Canceled before there was anything to save.") { StoppedBecause = RunState.Cancelled };
        }

        var known = RuntimeErrors.From(failure);
        return new RunEvent(RunEventKind.Failed, step, known.Message) { StoppedBecause = RunState.Failed, ErrorId = known.Id, Advice = known.Advice };
    }
}
