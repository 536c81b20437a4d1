using TinySora.Engine.Compute.Processes;
using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Configuration;
using TinySora.Engine.Errors;
using TinySora.Engine.Families;
using TinySora.Engine.Training.Optimization;
using TinySora.Engine.Training.Parallel;
using TinySora.Engine.Training.Reports;
using TinySora.Engine.Training.Requests;
using static TorchSharp.torch;

namespace TinySora.Engine.Training;

/// <summary>
/// Trains a model of any family. Between steps, it writes checkpoints, draws samples and validates the model. A step depends only on the weights, the seed
/// and the step number, so a resumed run equals an uninterrupted one.
/// </summary>
/// <param name="config">Trainer configuration with intervals in steps.</param>
public sealed class Trainer(
    ITrainingTask task, TrainerConfig config, BatchSequence batches, TrainingState state, long seed, ITrainingObserver observer,
    CancellationToken cancellation)
{
    /// <summary>Interval at which a paused run polls for requests. It is too short for a user to notice.</summary>
    internal static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(100);

    private readonly int firstStep = state.Step;
    private readonly StepLog log = new(state, observer);
    private readonly SampleSchedule samples = new(config, drawsFirst: task.Files?.GetPicturePath(0) is not null);

    public required TrainingLimits Limits { get; init; }

    public required TrainingOutputs Outputs { get; init; }

    /// <summary>Handles control requests between steps; <c>null</c> if the run cannot be controlled.</summary>
    internal ITrainingControl? Control { get; init; }

    /// <summary>Adjusts the number of CPU threads between steps; <c>null</c> if the number is fixed.</summary>
    internal ThreadTuner? Threads { get; init; }

    /// <summary>The process group with which this process trains; <c>null</c> if it trains alone.</summary>
    internal Leader? Parallel { get; init; }

    /// <summary>
    /// Metrics of the step that the run resumes from if the step's validation or sample was interrupted; <c>null</c> otherwise, or if they are unknown.
    /// </summary>
    public TrainingStep? CutOff { get; init; }

    /// <summary>Path of the checkpoint that the run resumes from; <c>null</c> for a new run.</summary>
    public string? LastCheckpoint { get; init; }

    /// <summary>Step duration from which the estimated duration is reported before the first step.</summary>
    internal TimeSpan LongStep { get; init; } = TimeSpan.FromSeconds(10);

    private StepRecorder Recorder => field ??=
        new(state, log, samples, Limits, Outputs, Parallel, LastCheckpoint, firstStep, observer, cancellation) { CutOff = CutOff };

    private double Share => Limits.ShareAt(state.Step);

    private bool IsOutOfTime => Limits.Left <= samples.Reserved;

    /// <summary>Trains until a limit is reached or the run is stopped, and writes a final checkpoint. Must be called only once.</summary>
    /// <exception cref="TinySoraException">NonFiniteLoss; CannotWrite.</exception>
    public TrainingOutcome Run()
    {
        using var step = new OptimizerStep(task, config, batches, state, seed)
        {
            Processes = Parallel?.Processes ?? ProcessGroup.Alone, Estimated = AnnounceLongStep,
        };
        samples.Begin(state.Step, state.IsCutOff ? Share - (1.0 / Limits.LastStep) : Share);
        task.Model.train();
        var threads = get_num_threads();
        RunState? reason = null;
        try
        {
            if (state.IsCutOff)
            {
                log.Requeue(CutOff);
                reason = AfterStep();
            }

            while (reason is null && state.Step < Limits.LastStep)
            {
                log.Without(YieldToRequests);
                reason = GetStopReason();
                var isFirst = state.Step == firstStep;
                if (reason is null && (Parallel is null ? step.Take(log, cancellation) : Parallel.Step(() => step.Take(log, cancellation))))
                {
                    state.Validated = new Dictionary<string, double>();
                    Limits.Time?.CountStep();
                    if (isFirst && task.RecordingProblem is string problem)
                    {
                        observer.Message($"The training steps are not recorded: {problem}.");
                    }

                    reason = AfterStep();
                }
            }

            Finish();
            reason ??= state.IsCutOff ? RunState.Cancelled : RunState.Completed;
            return new(reason.Value, Recorder.LastCheckpoint, Recorder.Progress, log.Guard.SkippedSteps);
        }
        finally
        {
            log.Dispose();
            if (Threads is not null)
            {
                set_num_threads(threads);
            }
        }
    }

    /// <summary>Writes the output that is still due after the last step.</summary>
    private void Finish()
    {
        var saves = Recorder.IsSaved ? Due.Progress : Due.FinalCheckpoint;
        var draws = Outputs.Preview is not null && samples.IsDueAtEnd(state.Step) && !cancellation.IsCancellationRequested ? Due.Sample : Due.Progress;
        if ((saves | draws) != Due.Progress)
        {
            Recorder.Record(saves | draws);
        }
    }

    private void AnnounceLongStep(TimeSpan step)
    {
        if (step >= LongStep)
        {
            observer.Announce($"A step will take about {Durations.Text(step)}, estimated from the forward pass of its first clips.");
            observer.Starting($"taking the first step, about {Durations.Text(step)}");
        }
    }

    /// <summary>Runs other work that is queued on this thread, and handles requests to this run. A paused run waits here.</summary>
    private void YieldToRequests()
    {
        EngineThread.Yield();
        if (Threads?.Tune() is string threads)
        {
            observer.Message(FormattableString.Invariant($"From step {state.Step + 1} on, training uses {threads}."));
        }

        Poll();
        while (Control is { IsPaused: true, IsStopped: false } && !cancellation.IsCancellationRequested && !IsOutOfTime)
        {
            Action wait = () => EngineThread.Yield(PollInterval);
            (Limits.Time is null ? wait : () => Limits.Time.Pause(wait))();
            Poll();
        }
    }

    private void Poll() => Control?.HandleRequests(state, SaveNow, () => Recorder.Record(Due.Progress));

    /// <summary>Returns the reason why the run ends before its next step; <c>null</c> if it continues.</summary>
    private RunState? GetStopReason() => cancellation.IsCancellationRequested || Control is { IsStopped: true } ? RunState.Cancelled
        : Control is { IsPaused: true } ? RunState.TimeBudget
        : null;

    /// <summary>Carries out the actions that are due after a step.</summary>
    /// <returns>The reason why the run ends; <c>null</c> if it continues.</returns>
    private RunState? AfterStep()
    {
        var step = state.Step;
        var (time, due) = (Limits.Time, Due.Progress);
        (var catchesUp, state.IsCutOff) = (state.IsCutOff, false);
        time?.Reserved = samples.Reserved;
        var timeIsUp = time?.UpdateState(state) ?? false;
        var outOfTime = IsOutOfTime && step < Limits.LastStep && !timeIsUp;
        var ends = outOfTime || timeIsUp || step == Limits.LastStep;
        due |= ends ? Due.FinalCheckpoint : 0;
        due |= catchesUp || config.SaveModelEvery.EndsAt(step) ? Due.Checkpoint : 0;
        due |= Outputs.Validate is not null && config.ValidateEvery.EndsAt(step) && state.Validated.Count == 0 ? Due.Validation : 0;
        due |= Outputs.Preview is not null && samples.IsDue(step, Share, ends, time?.Total ?? Limits.Budget) ? Due.Sample : 0;
        if (due != Due.Progress || log.IsDue)
        {
            Recorder.Record(due);
        }

        return outOfTime ? RunState.TimeBudget
            : state.Loss <= Limits.UntilLoss ? RunState.LossReached
            : timeIsUp ? RunState.Completed
            : state.HasStalled && step < Limits.LastStep ? RunState.EarlyStopping
            : null;
    }

    /// <summary>Writes a checkpoint immediately. Non-finite weights are not saved; instead, the run returns to an earlier checkpoint first.</summary>
    private string SaveNow()
    {
        while (true)
        {
            if (Recorder.Record(Due.FinalCheckpoint) is string path)
            {
                return path;
            }
        }
    }
}
