using System.Diagnostics;
using TinySora.Engine.Configuration;
using TinySora.Engine.Data;
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
}

/// <summary>
/// The training loop of every model family. A step is a pure function of the weights, the seed and the step's number, so a
/// run that was interrupted and resumed equals one that was not.
/// </summary>
public sealed class Trainer
{
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

    /// <summary>Called every sample_every steps, for sample grids.</summary>
    public Action? Preview { get; init; }

    /// <summary>The newest checkpoint, which an error message names.</summary>
    public string? LastCheckpoint { get; set; }

    /// <summary>Trains up to <paramref name="lastStep"/>; whatever stops it earlier, a checkpoint is written first.</summary>
    /// <param name="budget">Time that the run may take; null: any.</param>
    /// <returns>A <see cref="StopReason"/>.</returns>
    public string Run(
        int lastStep, TimeSpan? budget, string metricsPath, ITrainingObserver observer, CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        using var log = new StepLog(state, config, metricsPath);
        using var generator = new Generator((ulong)seed, state.Parameters.Values.device);
        task.Model.train();
        var saved = LastCheckpoint is null ? -1 : state.Step;

        var reason = StopReason.Completed;
        while (state.Step < lastStep)
        {
            EngineThread.Yield();
            if (cancellation.IsCancellationRequested || !Step(generator, log, cancellation))
            {
                reason = StopReason.Cancelled;
                break;
            }

            var saves = state.Step % config.SaveModelEvery == 0;
            if (saves || log.IsDue)
            {
                log.Flush(LastCheckpoint);
                if (saves)
                {
                    LastCheckpoint = Save();
                    saved = state.Step;
                }

                observer.Progress(Progress(saves ? LastCheckpoint : null));
            }

            if (config.SampleEvery > 0 && state.Step % config.SampleEvery == 0)
            {
                Preview?.Invoke();
            }

            if (clock.Elapsed >= budget && state.Step < lastStep)
            {
                reason = StopReason.TimeBudget;
                break;
            }
        }

        log.Flush(LastCheckpoint);
        if (saved != state.Step)
        {
            LastCheckpoint = Save();
            observer.Progress(Progress(LastCheckpoint));
        }

        return reason;

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
                LearningRate.At(config, Math.Max(0, state.Step - 1)), checkpoint);
        }
    }

    /// <summary>One optimizer step; false, and nothing changed, when it was cancelled between its micro-batches.</summary>
    private bool Step(Generator generator, StepLog log, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        state.Parameters.ZeroGradients();
        var loss = zeros([], float32, state.Parameters.Values.device);
        var names = new List<string>();
        for (var micro = 0; micro < config.GradientAccumulateEvery; micro++)
        {
            if (cancellation.IsCancellationRequested)
            {
                return false;
            }

            Accumulate(((long)state.Step * config.GradientAccumulateEvery) + micro, generator, loss, names);
        }

        using var nothing = no_grad();
        var gradients = state.Parameters.Gradients;
        var norm = gradients.norm();
        if (config.MaxGradNorm is double limit)
        {
            gradients.mul_((limit / (norm + 1e-6)).clamp(max: (Scalar)1));
        }

        state.Optimizer.Step(LearningRate.At(config, state.Step));
        state.UpdateAverage(state.Step);
        state.Step++;
        log.Add(state.Step, loss, norm, names);
        return true;
    }

    /// <summary>Adds the gradient and the loss of one micro-batch, each divided by their number.</summary>
    private void Accumulate(long number, Generator generator, Tensor loss, List<string> names)
    {
        using var scope = NewDisposeScope();

        // The task draws from the generator; the global one is for operators that take none, dropout for example.
        var mixed = (long)(SplitMix64.Mix(seed, number) & long.MaxValue);
        generator.manual_seed(mixed);
        manual_seed(mixed);

        using var batch = batches.Load(number);
        var share = task.Loss(batch, generator) / config.GradientAccumulateEvery;
        share.backward();
        loss.add_(share.detach());
        names.AddRange(batch.Names);
    }
}
