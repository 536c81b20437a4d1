using System.Diagnostics;
using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Configuration;
using TinySora.Engine.Training.Optimization;
using TinySora.Engine.Training.Requests;
using TinySora.Engine.Training.Results;

namespace TinySora.Engine.Training;

/// <summary>One run of a <see cref="Trainer"/>: what happens between its steps, and when it ends.</summary>
internal sealed class TrainingLoop(
    Trainer trainer, int lastStep, TimeSpan? budget, NonFiniteGuard guard, StepLog log, ITrainingObserver observer,
    CancellationToken cancellation)
{
    private readonly Stopwatch clock = Stopwatch.StartNew();
    private readonly TrainingState state = trainer.State;

    /// <summary>The step of the newest checkpoint; -1: there is none.</summary>
    private int saved = trainer.LastCheckpoint is null ? -1 : trainer.State.Step;

    private bool IsOutOfTime => clock.Elapsed >= budget;

    /// <param name="step">Takes one; false when it was cancelled.</param>
    /// <returns>A <see cref="StopReason"/>.</returns>
    public string Run(Func<bool> step)
    {
        var reason = StopReason.Completed;
        while (state.Step < lastStep)
        {
            log.Without(LetOthers);
            if (Asked() is string asked)
            {
                reason = asked;
                break;
            }

            if (step() && After() is string ended)
            {
                reason = ended;
                break;
            }
        }

        if (saved != state.Step)
        {
            Report(ends: true);
        }

        return reason;
    }

    /// <summary>What others have queued on this thread, and orders to this run: one that is paused waits here.</summary>
    private void LetOthers()
    {
        EngineThread.Yield();
        if (trainer.Threads?.Tune() is string threads)
        {
            observer.Message(FormattableString.Invariant($"From step {state.Step + 1} on with {threads}."));
        }

        trainer.Control?.Look(state, SaveNow, () => Report());
        while (trainer.Control is { IsPaused: true, IsStopped: false } control && !cancellation.IsCancellationRequested && !IsOutOfTime)
        {
            EngineThread.Yield(Trainer.LookInterval);
            control.Look(state, SaveNow, () => Report());
        }
    }

    /// <summary>Why the run ends before its next step; null: it does not.</summary>
    private string? Asked() => cancellation.IsCancellationRequested || trainer.Control is { IsStopped: true } ? StopReason.Cancelled
        : trainer.Control is { IsPaused: true } ? StopReason.TimeBudget
        : null;

    /// <summary>Does what is due after a step.</summary>
    /// <returns>Why the run ends; null: it does not.</returns>
    private string? After()
    {
        var (config, step) = (trainer.Config, state.Step);
        var saves = config.SaveModelEvery.EndsAt(step);
        var draws = trainer.Preview is not null && (config.SampleEvery.EndsAt(step) || (trainer.DrawsFirst && step == 1));
        var validates = trainer.Validate is not null && config.ValidateEvery.EndsAt(step);
        var outOfTime = IsOutOfTime && step < lastStep;
        var ends = outOfTime || step == lastStep;
        if (saves || draws || validates || ends || log.IsDue)
        {
            Report(saves, draws, validates, ends);
        }

        return outOfTime ? StopReason.TimeBudget
            : state.Loss <= trainer.UntilLoss ? StopReason.LossReached
            : state.HasStalled && step < lastStep ? StopReason.EarlyStopping
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
        state.Validated = new Dictionary<string, double>();
        var steps = log.Flush(!validates ? null : () =>
        {
            isBest = Measure();
            return state.Validated;
        });

        // While steps are skipped the weights stay what they were: only the end of the run is worth a checkpoint then.
        string? checkpoint = null;
        if ((ends || ((saves || isBest) && state.SkippedInARow == 0)) && !guard.WantsRollback && guard.CheckWeights())
        {
            trainer.Parallel?.Compare();
            checkpoint = trainer.LastCheckpoint = trainer.Save();
            saved = state.Step;
        }

        var sample = draws && !guard.WantsRollback ? UnlessCancelled(trainer.Preview!) : null;
        for (var i = 0; i < steps.Count; i++)
        {
            observer.Stepped(i == steps.Count - 1 ? steps[i] with { Checkpoint = checkpoint, Sample = sample } : steps[i]);
        }

        var parts = steps is [.., var last] ? PartsOf(last) : trainer.Progress?.Parts;
        trainer.Progress = Progress(checkpoint) with { Parts = parts ?? new Dictionary<string, double>() };
        observer.Progress(trainer.Progress);
        if (guard.WantsRollback)
        {
            guard.RollBack(trainer.LastCheckpoint);
            trainer.Parallel?.Share();
            log.GoBack();
            saved = state.Step;
        }

        return checkpoint;
    }

    /// <summary>What is measured with the loss; norms, and losses of other groups, whose parts are there, are left out.</summary>
    private static Dictionary<string, double> PartsOf(TrainingStep step) => (step.Scalars ?? [])
        .Where(scalar => !scalar.Key.StartsWith(NonFiniteGuard.NormOf(""), StringComparison.Ordinal)
            && !scalar.Key.StartsWith(NonFiniteGuard.LossOf(""), StringComparison.Ordinal)
            && !scalar.Key.StartsWith(BestMetric.ValidationPrefix, StringComparison.Ordinal))
        .ToDictionary(scalar => scalar.Key, scalar => scalar.Value);

    /// <returns>Whether the model is the best so far.</returns>
    private bool Measure() => UnlessCancelled(trainer.Validate!) is { } measured && state.Validate(measured);

    /// <summary>Null when the run was cancelled meanwhile: the loop ends next, with a checkpoint.</summary>
    private T? UnlessCancelled<T>(Func<T> work)
        where T : class
    {
        try
        {
            return work();
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return null;
        }
    }

    private TrainingProgress Progress(string? checkpoint)
    {
        var seconds = (lastStep - state.Step) / Math.Max(log.StepsPerSecond, 1e-6);
        var remaining = TimeSpan.FromSeconds(Math.Min(seconds, TimeSpan.FromDays(9999).TotalSeconds));
        int? lastInTime = null;
        if (budget - clock.Elapsed is TimeSpan left && left < remaining)
        {
            remaining = left > TimeSpan.Zero ? left : TimeSpan.Zero;
            lastInTime = state.Step + (int)(remaining.TotalSeconds * log.StepsPerSecond);
        }

        return new TrainingProgress(
            state.Step, lastStep, state.Loss ?? double.NaN, log.StepsPerSecond, remaining,
            state.LearningRateAt(Math.Max(0, state.Step - 1)), checkpoint) { LastInTime = lastInTime };
    }
}
