using System.Diagnostics;
using TinySora.Engine.Compute;
using TinySora.Engine.Configuration;
using TinySora.Engine.Data;
using TinySora.Engine.Errors;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Training;

/// <summary>Why a run came to its end.</summary>
public static class StopReason
{
    public const string Completed = nameof(Completed);
    public const string TimeBudget = nameof(TimeBudget);
    public const string Cancelled = nameof(Cancelled);
    public const string AlreadyComplete = nameof(AlreadyComplete);

    /// <summary>The smoothed loss is what <see cref="TrainingGoal.Loss"/> asks for.</summary>
    public const string LossReached = nameof(LossReached);

    /// <summary>Nothing was done, because it is not the time for it.</summary>
    public const string OutsideHours = nameof(OutsideHours);
}

/// <summary>
/// The training loop of every model family. A step is a pure function of the weights, the seed and the step's number, so a
/// run that was interrupted and resumed equals one that was not.
/// </summary>
public sealed class Trainer
{
    /// <summary>How often a run looks for what others ask of it: what a user does not notice, and steps do not either.</summary>
    internal static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(100);

    /// <summary>Micro-batches between the ones that failed and those that follow after going back.</summary>
    private const long Detour = 1_000_003;

    private readonly ITrainingTask task;
    private readonly TrainerConfig config;
    private readonly BatchSequence batches;
    private readonly TrainingState state;
    private readonly long seed;

    public Trainer(ITrainingTask task, TrainerConfig config, BatchSequence batches, TrainingState state, long seed)
    {
        this.task = task;
        this.config = config;
        this.batches = batches;
        this.state = state;
        this.seed = seed;
    }

    /// <summary>Writes a checkpoint of the state and returns its path.</summary>
    public required Func<string> Save { get; init; }

    /// <summary>Called every sample_every steps: draws a sample grid and returns its path.</summary>
    public Func<string>? Preview { get; init; }

    /// <summary>Hears between steps what others ask of the run; null: nobody can.</summary>
    internal ITrainingControl? Control { get; init; }

    /// <summary>The smoothed loss at which the run ends; null: none.</summary>
    public double? UntilLoss { get; init; }

    /// <summary>The newest checkpoint, to which the run goes back when it must.</summary>
    public string? LastCheckpoint { get; set; }

    /// <summary>Steps whose update was left out, because their loss or gradient was not finite.</summary>
    public int SkippedSteps { get; private set; }

    /// <summary>Trains up to <paramref name="lastStep"/>; whatever stops it earlier, a checkpoint is written first.</summary>
    /// <param name="budget">Time that the run may take; null: any.</param>
    /// <returns>A <see cref="StopReason"/>.</returns>
    /// <exception cref="TinySoraException">NonFiniteLoss; CannotWrite.</exception>
    public string Run(
        int lastStep, TimeSpan? budget, string metricsPath, ITrainingObserver observer, CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        var guard = new NonFiniteGuard(state, observer);
        using var log = new StepLog(state, guard, metricsPath);
        using var generator = new Generator((ulong)seed, state.Parameters.Values.device);
        task.Model.train();
        var saved = LastCheckpoint is null ? -1 : state.Step;

        var reason = StopReason.Completed;
        while (state.Step < lastStep)
        {
            log.Without(LetOthers);
            if (cancellation.IsCancellationRequested || Control is { IsStopped: true })
            {
                reason = StopReason.Cancelled;
                break;
            }

            if (Control is { IsPaused: true })
            {
                reason = StopReason.TimeBudget;
                break;
            }

            if (!Step(generator, log, cancellation))
            {
                continue;
            }

            var saves = state.Step % config.SaveModelEvery == 0;
            var draws = Preview is not null && config.SampleEvery > 0 && state.Step % config.SampleEvery == 0;
            var outOfTime = clock.Elapsed >= budget && state.Step < lastStep;
            var ends = outOfTime || state.Step == lastStep;
            if (saves || draws || ends || log.IsDue)
            {
                Report(saves, draws, ends);
            }

            if (outOfTime)
            {
                reason = StopReason.TimeBudget;
                break;
            }

            if (state.Loss <= UntilLoss)
            {
                reason = StopReason.LossReached;
                break;
            }
        }

        if (saved != state.Step)
        {
            Report(saves: false, draws: false, ends: true);
        }

        SkippedSteps = guard.SkippedSteps;
        return reason;

        // What others have queued on this thread, and orders to this run: one that is paused waits here.
        void LetOthers()
        {
            EngineThread.Yield();
            Control?.Look(state, SaveNow, Tell);
            while (Control is { IsPaused: true, IsStopped: false } && !cancellation.IsCancellationRequested && !(clock.Elapsed >= budget))
            {
                EngineThread.Yield(LookInterval);
                Control.Look(state, SaveNow, Tell);
            }
        }

        void Tell() => Report(saves: false, draws: false, ends: false);

        string SaveNow()
        {
            while (true)
            {
                // Weights that are not finite are not saved: the run then goes back first.
                if (Report(saves: false, draws: false, ends: true) is string path)
                {
                    return path;
                }
            }
        }

        string? Report(bool saves, bool draws, bool ends)
        {
            var steps = log.Flush();

            // While steps are skipped the weights stay what they were: only the end of the run is worth a checkpoint then.
            string? checkpoint = null;
            if ((ends || (saves && state.SkippedInARow == 0)) && !guard.WantsRollback && guard.CheckWeights())
            {
                checkpoint = LastCheckpoint = Save();
                saved = state.Step;
            }

            var sample = draws && !guard.WantsRollback ? Draw() : null;
            for (var i = 0; i < steps.Count; i++)
            {
                observer.Stepped(i == steps.Count - 1 ? steps[i] with { Checkpoint = checkpoint, Sample = sample } : steps[i]);
            }

            observer.Progress(Progress(checkpoint));
            if (guard.WantsRollback)
            {
                guard.RollBack(LastCheckpoint);
                log.GoBack();
                saved = state.Step;
            }

            return checkpoint;
        }

        string? Draw()
        {
            try
            {
                return Preview!();
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                return null; // The loop ends next, with a checkpoint.
            }
        }

        TrainingProgress Progress(string? checkpoint)
        {
            var seconds = (lastStep - state.Step) / Math.Max(log.StepsPerSecond, 1e-6);
            var remaining = TimeSpan.FromSeconds(Math.Min(seconds, TimeSpan.FromDays(9999).TotalSeconds));
            if (budget - clock.Elapsed is TimeSpan left && left < remaining)
            {
                remaining = left > TimeSpan.Zero ? left : TimeSpan.Zero;
            }

            return new TrainingProgress(
                state.Step, lastStep, state.Loss ?? double.NaN, log.StepsPerSecond, remaining,
                state.LearningRateAt(Math.Max(0, state.Step - 1)), checkpoint);
        }
    }

    /// <summary>One optimizer step; false, and nothing changed, when it was cancelled between its micro-batches.</summary>
    private bool Step(Generator generator, StepLog log, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        var loss = zeros([], float32, state.Parameters.Values.device);
        var names = new List<string>();
        var first = ((long)state.Step * config.GradientAccumulateEvery) + (state.Rollbacks * Detour);
        for (var micro = 0; micro < config.GradientAccumulateEvery; micro++)
        {
            if (cancellation.IsCancellationRequested)
            {
                return false;
            }

            Accumulate(first + micro, adds: micro > 0, generator, loss, names);
        }

        using var nothing = no_grad();
        var gradients = state.Parameters.Gradients;
        var norm = state.Parameters.GradientNorm();
        if (config.MaxGradNorm is double limit)
        {
            gradients.mul_((limit / (norm + 1e-6)).clamp(max: (Scalar)1));
        }

        var rate = state.LearningRateAt(state.Step);
        state.Optimizer.Step(state.Step - state.MomentsSince, rate, NonFiniteGuard.IsBad(loss, norm));
        state.UpdateAverage(state.Step);
        state.Step++;
        log.Add(state.Step, loss, norm, names, rate);
        return true;
    }

    /// <summary>Adds the loss of one micro-batch, and its gradient unless it is the first, each divided by their number.</summary>
    private void Accumulate(long number, bool adds, Generator generator, Tensor loss, List<string> names)
    {
        using var scope = NewDisposeScope();

        // The task draws from the generator; the global one is for operators that take none, dropout for example.
        var mixed = (long)(SplitMix64.Mix(seed, number) & long.MaxValue);
        generator.manual_seed(mixed);
        manual_seed(mixed);

        using var batch = batches.Load(number);
        var share = task.Loss(batch, generator) / config.GradientAccumulateEvery;
        state.Parameters.Backward(share, adds);
        loss.add_(share.detach());
        names.AddRange(batch.Names);
    }
}
