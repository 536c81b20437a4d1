using System.Diagnostics;
using TinySora.Engine.Compute.Processes;
using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Configuration;
using TinySora.Engine.Errors;
using TinySora.Engine.Families;
using TinySora.Engine.Training.Optimization;
using TinySora.Engine.Training.Parallel;
using TinySora.Engine.Training.Reports;
using TinySora.Engine.Training.Requests;
using TinySora.Engine.Training.Sinks;
using static TorchSharp.torch;

namespace TinySora.Engine.Training;

/// <summary>
/// Trains a model of any family: takes its steps, and saves, draws and validates between them. A step is a pure function of the weights, the
/// seed and the step's number, so a run that was interrupted and resumed equals one that was not.
/// </summary>
/// <param name="config">Its spans in steps.</param>
public sealed class Trainer(
    ITrainingTask task, TrainerConfig config, BatchSequence batches, TrainingState state, long seed, ITrainingObserver observer,
    CancellationToken cancellation)
{
    /// <summary>How often a run looks for what others ask of it: what a user does not notice, and steps do not either.</summary>
    internal static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(100);

    private readonly Stopwatch clock = Stopwatch.StartNew();
    private readonly StepLog log = new(state, observer);

    /// <summary>The step of the newest checkpoint; -1: there is none.</summary>
    private int saved = -1;

    /// <summary>Steps completed when the run is.</summary>
    public required int LastStep { get; init; }

    /// <summary>Time that the run may take; null: any.</summary>
    public TimeSpan? Budget { get; init; }

    /// <summary>Time that the run is given for all of its steps, and which its learning rate follows; null: they are counted.</summary>
    public GivenTime? Time { get; init; }

    /// <summary>Where the steps are written; null: nowhere.</summary>
    public IStepSink? Metrics { get; init; }

    /// <summary>Writes a checkpoint of the state and returns its path.</summary>
    public required Func<string> Save { get; init; }

    /// <summary>Draws a sample grid and returns its path, or `null` if it cannot be written.</summary>
    public Func<string?>? Preview { get; init; }

    /// <summary>The steps after which <see cref="Preview"/> is called.</summary>
    internal SampleSchedule Samples { get; init; } = new(config);

    /// <summary>Called every validate_every steps: measures the model and returns named scalars.</summary>
    public Func<IReadOnlyDictionary<string, double>>? Validate { get; init; }

    /// <summary>Hears between steps what others ask of the run; null: nobody can.</summary>
    internal ITrainingControl? Control { get; init; }

    /// <summary>Looks between steps how many threads the work shall have; null: that is fixed.</summary>
    internal ThreadTuner? Threads { get; init; }

    /// <summary>The processes that train together; null: this one alone.</summary>
    internal Leader? Parallel { get; init; }

    /// <summary>The smoothed loss at which the run ends; null: none.</summary>
    public double? UntilLoss { get; init; }

    /// <summary>What was measured at the step that the run goes on from, where its validation or picture was cut off; null: nothing is known.</summary>
    public TrainingStep? CutOff { get; init; }

    /// <summary>The newest checkpoint, to which the run goes back when it must.</summary>
    public string? LastCheckpoint { get; set; }

    /// <summary>What observers heard last of how far the run is; null: nothing yet.</summary>
    internal TrainingProgress? Progress { get; private set; }

    /// <summary>Steps whose update was left out, because their loss or gradient was not finite.</summary>
    public int SkippedSteps => log.Guard.SkippedSteps;

    /// <summary>The time of a step from which on the user is told how long a step takes, before the first one.</summary>
    internal TimeSpan LongStep { get; init; } = TimeSpan.FromSeconds(10);

    private bool IsOutOfTime => clock.Elapsed + Samples.Reserved >= Budget;

    /// <summary>Share of the run that is done, from 0 to 1: of its steps, or of its time if that ends it sooner.</summary>
    private double Share => Math.Max(Time is null ? (double)state.Step / LastStep : Time.Spent / Time.Total, clock.Elapsed / Budget ?? 0);

    /// <summary>Trains up to <see cref="LastStep"/>; whatever stops it earlier, a checkpoint is written first. To be called once.</summary>
    /// <returns>Why it ended.</returns>
    /// <exception cref="TinySoraException">NonFiniteLoss; CannotWrite.</exception>
    public RunState Run()
    {
        using var step = new OptimizerStep(task, config, batches, state, seed)
        {
            Processes = Parallel?.Processes ?? ProcessGroup.Alone, Estimated = Tell,
        };
        saved = LastCheckpoint is null ? -1 : state.Step;
        Samples.Begin(state.Step, state.IsCutOff ? Share - (1.0 / LastStep) : Share);
        task.Model.train();
        var threads = get_num_threads();
        RunState? reason = null;
        try
        {
            if (state.IsCutOff)
            {
                log.Again(CutOff);
                reason = After();
            }

            while (reason is null && state.Step < LastStep)
            {
                log.Without(LetOthers);
                reason = Asked();
                if (reason is null && (Parallel is null ? step.Take(log, cancellation) : Parallel.Step(() => step.Take(log, cancellation))))
                {
                    state.Validated = new Dictionary<string, double>();
                    Time?.Stepped();
                    reason = After();
                }
            }

            var saves = saved != state.Step || !File.Exists(LastCheckpoint); // somebody may have removed it
            var draws = Preview is not null && Samples.IsDueAtEnd(state.Step) && !cancellation.IsCancellationRequested;
            if (saves || draws)
            {
                Report(draws: draws, ends: saves);
            }

            return reason ?? (state.IsCutOff ? RunState.Cancelled : RunState.Completed);
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

    private void Tell(TimeSpan step)
    {
        if (step >= LongStep)
        {
            observer.Announce($"A step will take about {Durations.Text(step)}, as the forward pass of its first clips tells.");
            observer.Starting($"taking the first step, about {Durations.Text(step)}");
        }
    }

    /// <summary>What others have queued on this thread, and orders to this run: one that is paused waits here.</summary>
    private void LetOthers()
    {
        EngineThread.Yield();
        if (Threads?.Tune() is string threads)
        {
            observer.Message(FormattableString.Invariant($"From step {state.Step + 1} on with {threads}."));
        }

        Control?.Look(state, SaveNow, () => Report());
        while (Control is { IsPaused: true, IsStopped: false } && !cancellation.IsCancellationRequested && !IsOutOfTime)
        {
            Action wait = () => EngineThread.Yield(LookInterval);
            (Time is null ? wait : () => Time.Pause(wait))();
            Control.Look(state, SaveNow, () => Report());
        }
    }

    /// <summary>Why the run ends before its next step; null: it does not.</summary>
    private RunState? Asked() => cancellation.IsCancellationRequested || Control is { IsStopped: true } ? RunState.Cancelled
        : Control is { IsPaused: true } ? RunState.TimeBudget
        : null;

    /// <summary>Does what is due after a step.</summary>
    /// <returns>Why the run ends; null: it does not.</returns>
    private RunState? After()
    {
        var step = state.Step;
        (var catchesUp, state.IsCutOff) = (state.IsCutOff, false);
        Time?.Reserved = Samples.Reserved;
        var timeIsUp = Time?.CountInto(state) ?? false;
        var saves = catchesUp || config.SaveModelEvery.EndsAt(step);
        var validates = Validate is not null && config.ValidateEvery.EndsAt(step) && state.Validated.Count == 0;
        var outOfTime = IsOutOfTime && step < LastStep && !timeIsUp;
        var ends = outOfTime || timeIsUp || step == LastStep;
        var draws = Preview is not null && Samples.IsDue(step, Share, ends, Time?.Total ?? Budget);
        if (saves || draws || validates || ends || log.IsDue)
        {
            Report(saves, draws, validates, ends);
        }

        return outOfTime ? RunState.TimeBudget
            : state.Loss <= UntilLoss ? RunState.LossReached
            : timeIsUp ? RunState.Completed
            : state.HasStalled && step < LastStep ? RunState.EarlyStopping
            : null;
    }

    private string SaveNow()
    {
        while (true)
        {
            // Weights that are not finite are not saved: the run then goes back first.
            if (Report(ends: true) is string path)
            {
                return path;
            }
        }
    }

    /// <summary>Reads what the last steps measured, does what is due, and tells the observer.</summary>
    /// <returns>The checkpoint, if one was written.</returns>
    private string? Report(bool saves = false, bool draws = false, bool validates = false, bool ends = false)
    {
        var isBest = false;
        var steps = log.Flush(!validates ? null : () =>
        {
            isBest = Measure();
            return state.Validated;
        });
        if (steps is [var first, ..])
        {
            if (first.Step == CutOff?.Step)
            {
                Metrics?.GoBack(first.Step - 1); // it was written without its validation
            }

            Metrics?.Write(steps);
        }

        // Before the checkpoint: a run that is killed between the two takes the step again, and draws it then.
        var sample = draws && !log.Guard.WantsRollback ? UnlessCancelled(() => Samples.Draw(state.Step, Preview!)) : null;

        // While steps are skipped the weights stay what they were: only the end of the run is worth a checkpoint then.
        string? checkpoint = null;
        if ((ends || ((saves || isBest) && state.SkippedInARow == 0)) && !log.Guard.WantsRollback && log.Guard.CheckWeights())
        {
            Parallel?.Compare();
            checkpoint = LastCheckpoint = Time is null ? Save() : Time.Save(Save);
            saved = state.Step;
        }

        for (var i = 0; i < steps.Count; i++)
        {
            observer.Stepped(i == steps.Count - 1 ? steps[i] with { Checkpoint = checkpoint, Sample = sample } : steps[i]);
        }

        var parts = steps is [.., var last] ? NonFiniteGuard.PartsOf(last) : Progress?.Parts;
        Progress = ProgressNow(checkpoint) with { Parts = parts ?? new Dictionary<string, double>() };
        observer.Progress(Progress);
        if (log.Guard.WantsRollback)
        {
            log.Guard.RollBack(LastCheckpoint);
            Parallel?.Share();
            Metrics?.GoBack(state.Step);
            log.GoBack();
            saved = state.Step;
        }

        return checkpoint;
    }

    /// <returns>Whether the model is the best so far.</returns>
    private bool Measure() => UnlessCancelled(Validate!) is { } measured && state.Validate(measured);

    /// <summary>The result of work; null when the run was cancelled meanwhile. The loop ends next, with a checkpoint that tells what is left to do.</summary>
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
        var last = Time is null ? LastStep : (int)Math.Min(LastStep, state.Step + ((Time.Total - state.Spent).TotalSeconds * log.StepsPerSecond));
        var seconds = (last - state.Step) / Math.Max(log.StepsPerSecond, 1e-6);
        var remaining = TimeSpan.FromSeconds(Math.Min(seconds, TimeSpan.FromDays(9999).TotalSeconds));
        int? lastInTime = null;
        if (Budget - clock.Elapsed is TimeSpan left && left < remaining)
        {
            remaining = left > TimeSpan.Zero ? left : TimeSpan.Zero;
            lastInTime = state.Step + (int)(remaining.TotalSeconds * log.StepsPerSecond);
        }

        return new TrainingProgress(
            state.Step, last, state.Loss ?? double.NaN, log.StepsPerSecond, remaining,
            state.LearningRateAt(Math.Max(0, state.Step - 1)), checkpoint) { LastInTime = lastInTime };
    }
}
