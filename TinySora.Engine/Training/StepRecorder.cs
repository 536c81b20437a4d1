using TinySora.Engine.Training.Optimization;
using TinySora.Engine.Training.Parallel;
using TinySora.Engine.Training.Reports;

namespace TinySora.Engine.Training;

/// <summary>
/// Records the metrics of the last steps, and carries out the actions that are due after them: validation, samples, checkpoint and progress report. If the
/// weights are no longer finite, returns the run to the newest checkpoint.
/// </summary>
/// <param name="firstStep">Number of steps completed before the run was started or resumed, and step of <paramref name="lastCheckpoint"/>.</param>
internal sealed class StepRecorder(
    TrainingState state, StepLog log, SampleSchedule samples, TrainingLimits limits, TrainingOutputs outputs, Leader? parallel,
    string? lastCheckpoint, int firstStep, ITrainingObserver observer, CancellationToken cancellation)
{
    /// <summary>The step of <see cref="LastCheckpoint"/>; -1 if there is none.</summary>
    private int saved = lastCheckpoint is null ? -1 : firstStep;

    /// <inheritdoc cref="Trainer.CutOff"/>
    public TrainingStep? CutOff { get; init; }

    /// <summary>Path of the newest checkpoint; <c>null</c> if there is none.</summary>
    public string? LastCheckpoint { get; private set; } = lastCheckpoint;

    /// <summary>The last progress that the observer received; <c>null</c> if there was none.</summary>
    public TrainingProgress? Progress { get; private set; }

    /// <summary>Whether the newest checkpoint contains the state of this step and still exists.</summary>
    public bool IsSaved => saved == state.Step && File.Exists(LastCheckpoint);

    /// <summary>Reads the metrics of the last steps, carries out the actions that are due, and reports to the observer.</summary>
    /// <returns>Path of the checkpoint; <c>null</c> if none was written.</returns>
    public string? Record(Due due)
    {
        var (steps, isBest) = FlushSteps(due.HasFlag(Due.Validation));

        // Draw before writing the checkpoint. If the run is killed in between, it repeats the step when it resumes, and draws again.
        var sample = due.HasFlag(Due.Sample) && !log.Guard.WantsRollback ? UnlessCancelled(() => samples.Draw(state.Step, outputs.Preview!)) : null;
        var checkpoint = Saves(due, isBest) ? Save() : null;
        Report(steps, checkpoint, sample);
        if (log.Guard.WantsRollback)
        {
            RollBack();
        }

        return checkpoint;
    }

    /// <summary>Reads the steps since the last call, validates if that is due, and writes the steps to the metrics file.</summary>
    /// <returns>The completed steps without skipped ones, and whether the model is the best so far.</returns>
    private (IReadOnlyList<TrainingStep> Steps, bool IsBest) FlushSteps(bool validates)
    {
        var isBest = false;
        var steps = log.Flush(!validates ? null : () =>
        {
            isBest = UnlessCancelled(outputs.Validate!) is { } measured && state.Validate(measured);
            return state.Validated;
        });
        if (steps is [var first, ..])
        {
            if (first.Step == CutOff?.Step)
            {
                outputs.Metrics?.RollBack(first.Step - 1); // The step was written without its validation results.
            }

            outputs.Metrics?.Write(steps);
        }

        return (steps, isBest);
    }

    /// <summary>
    /// Returns whether to write a checkpoint. Skipped steps leave the weights unchanged, so a checkpoint after them is only needed at the end of the run.
    /// </summary>
    private bool Saves(Due due, bool isBest) =>
        (due.HasFlag(Due.FinalCheckpoint) || ((due.HasFlag(Due.Checkpoint) || isBest) && state.SkippedInARow == 0))
        && !log.Guard.WantsRollback && log.Guard.CheckWeights();

    private string Save()
    {
        parallel?.Compare();
        (LastCheckpoint, saved) = (limits.Time is null ? outputs.Save() : limits.Time.Save(outputs.Save), state.Step);
        return LastCheckpoint;
    }

    private void Report(IReadOnlyList<TrainingStep> steps, string? checkpoint, string? sample)
    {
        for (var i = 0; i < steps.Count; i++)
        {
            observer.StepCompleted(i == steps.Count - 1 ? steps[i] with { Checkpoint = checkpoint, Sample = sample } : steps[i]);
        }

        var parts = steps is [.., var last] ? NonFiniteGuard.PartsOf(last) : Progress?.Parts;
        Progress = ProgressNow(checkpoint) with { Parts = parts ?? new Dictionary<string, double>() };
        observer.Progress(Progress);
    }

    private void RollBack()
    {
        log.Guard.RollBack(LastCheckpoint);
        parallel?.Share();
        outputs.Metrics?.RollBack(state.Step);
        log.RollBack();
        saved = state.Step;
    }

    /// <summary>
    /// Returns the result of a function; <c>null</c> if the run was canceled before the function completed. In this case, the run ends with a checkpoint that
    /// records that the work remains to be done.
    /// </summary>
    private T? UnlessCancelled<T>(Func<T?> work)
        where T : class
    {
        try
        {
            return work();
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            state.IsCutOff = true;
            return null;
        }
    }

    private TrainingProgress ProgressNow(string? checkpoint)
    {
        var last = limits.LastStep;
        var hasSpeed = log.StepsPerSecond > 0;
        if (hasSpeed && limits.Time is TrainingTime time)
        {
            last = (int)Math.Min(last, state.Step + ((time.Total - state.Spent).TotalSeconds * log.StepsPerSecond));
        }

        TimeSpan? remaining = hasSpeed
            ? TimeSpan.FromSeconds(Math.Min((last - state.Step) / log.StepsPerSecond, TimeSpan.FromDays(9999).TotalSeconds)) : null;
        int? lastInTime = null;
        if (limits.Left is TimeSpan left && (remaining is null || left < remaining))
        {
            remaining = left > TimeSpan.Zero ? left : TimeSpan.Zero;
            lastInTime = hasSpeed ? state.Step + (int)(remaining.Value.TotalSeconds * log.StepsPerSecond) : null;
        }

        return new TrainingProgress(
            state.Step, last, state.Loss ?? double.NaN, log.StepsPerSecond, remaining,
            state.LearningRateAt(Math.Max(0, state.Step - 1)), checkpoint) { LastInTime = lastInTime };
    }
}
