using System.Diagnostics;
using TinySora.Engine.Compute.Devices;
using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Configuration;
using TinySora.Engine.Data.Examples;
using TinySora.Engine.Errors;
using TinySora.Engine.Families;
using TinySora.Engine.Layers;
using TinySora.Engine.Training.Checkpoints;
using TinySora.Engine.Training.Optimization;
using TinySora.Engine.Training.Reports;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Training.Cost;

/// <summary>Measures the cost of training a configuration: trains a few steps on synthetic clips, in the same way as a run.</summary>
public static class TrainingMeter
{
    /// <summary>Maximum total time of the measured steps. If they would take longer, their duration is estimated from forward passes.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private const int Warmup = 2;

    /// <summary>Number of forward passes over a whole batch, if time permits.</summary>
    private const int Passes = 3;

    /// <summary>Maximum fraction of the time limit for all forward passes after the first.</summary>
    private const double PassesShare = 1.0 / 12;

    /// <param name="name">Name of the configuration file or preset, for the result.</param>
    /// <param name="device">See <see cref="DeviceChoice"/>.</param>
    /// <param name="steps">Number of steps to measure, after two warm-up steps.</param>
    /// <param name="patience">Maximum total time of the steps. If they would take longer, they are not run, and their duration is estimated from forward
    /// passes. <c>null</c> for no limit.</param>
    /// <param name="folder">See <see cref="ModelFamily.CreateSynthetic"/>.</param>
    /// <exception cref="TinySoraException">UnknownDevice, NoSuchGpu.</exception>
    /// <exception cref="OperationCanceledException">Canceled between steps.</exception>
    public static TrainingCost Measure(
        RunConfig config, string name, string device, int steps, CancellationToken cancellation, TimeSpan? patience = null, string? folder = null) =>
        EngineThread.Run(() =>
        {
            var resolved = DeviceChoice.Resolve(device);
            return Measure(config, name, resolved, steps, MemoryUse.GetFreeBytes(resolved), cancellation, patience, folder);
        });

    /// <param name="atLeast">Minimum duration of the measurement; more steps than specified are run until it has passed.</param>
    /// <param name="free">Free memory for the state and activations in bytes. Steps that need more memory are not run. <c>null</c> if unknown.</param>
    internal static TrainingCost Measure(
        RunConfig config, string name, Device device, int steps, long? free, CancellationToken cancellation, TimeSpan? patience = null, string? folder = null,
        TimeSpan atLeast = default)
    {
        var (measured, examples) = Synthetic(config, folder);
        using var data = examples;
        var trainer = measured.Trainer;
        manual_seed(0);
        using var task = ModelFamilies.Of(measured).Create(measured, data, device);
        var cost = Known(config, name, trainer, task, device) with { FreeBytes = free };
        if (!cost.Fits)
        {
            return cost;
        }

        using var state = new TrainingState(task, trainer);
        cost = cost with { OptimizerFlops = state.Groups.Sum(group => group.Optimizer.Flops / group.Every) };
        if (device.type == DeviceType.CPU)
        {
            // Try one clip first: on the CPU, the system would kill this process if the whole batch did not fit in memory. A GPU raises an error instead.
            cancellation.ThrowIfCancellationRequested();
            (cost, var seconds) = Held(cost, task, data, device, (patience ?? Patience).TotalSeconds);
            if (!cost.Fits)
            {
                return cost;
            }

            if (patience is TimeSpan longest && Estimate(task, data, state, trainer, seconds, longest, cancellation) is var step
                && (Warmup + steps) * step > longest.TotalSeconds)
            {
                return cost with { SecondsPerStep = step, IsEstimated = true };
            }
        }

        var before = FlopCounter.Count;
        var bytes = MemoryUse.MeasureGrowth(device, () => Train(Warmup));
        var flops = (FlopCounter.Count - before) / ((double)Warmup * trainer.ExamplesPerStep);
        var (clock, taken) = (Stopwatch.StartNew(), 0);
        do
        {
            Train(steps);
            taken += steps;
        }
        while (clock.Elapsed < atLeast);

        return cost with { ForwardFlops = flops, ActivationBytes = bytes, SecondsPerStep = clock.Elapsed.TotalSeconds / taken };

        void Train(int steps)
        {
            var batches = new BatchSequence(data, trainer.TrainBatchSize, seed: 0, device);
            TrainingLimits limits = new(state.Step + steps);
            new Trainer(task, trainer, batches, state, 0, new SilentObserver(), cancellation) { Limits = limits, Outputs = new() { Save = () => "" } }.Run();
            cancellation.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Estimates the duration of a training step in seconds from forward passes.</summary>
    /// <param name="first">Duration of a forward pass of one clip in seconds.</param>
    private static double Estimate(
        ITrainingTask task, IExamples data, TrainingState state, TrainerConfig trainer, double first, TimeSpan longest, CancellationToken cancellation)
    {
        var each = SecondsOfClip(first, trainer.TrainBatchSize, PassesShare * longest.TotalSeconds, clips =>
        {
            cancellation.ThrowIfCancellationRequested();
            return Forward(task, data, CPU, clips);
        });
        return trainer.ExamplesPerStep * OptimizerStep.Estimate(each, state);
    }

    /// <summary>Adds the values that forward passes of single clips measure to a cost; also returns the duration of the first pass in seconds.</summary>
    /// <param name="patience">Maximum duration of a forward pass in seconds.</param>
    private static (TrainingCost Cost, double Seconds) Held(TrainingCost cost, ITrainingTask task, IExamples data, Device device, double patience)
    {
        var (before, seconds) = (FlopCounter.Count, 0.0);
        var one = MemoryUse.MeasureGrowth(() => seconds = Forward(task, data, device));
        var flops = FlopCounter.Count - before;
        var bytes = Activations(
            one, cost.BatchSize, (cost.FreeBytes ?? long.MaxValue) - cost.StateBytes, patience / seconds,
            clips => MemoryUse.MeasureGrowth(() => Forward(task, data, device, clips)));
        return (cost with { ForwardFlops = flops, ActivationBytes = bytes }, seconds);
    }

    /// <summary>
    /// Returns the duration of a batch's forward pass in seconds per clip: the minimum over passes with increasing numbers of clips. The first pass also loads
    /// libraries and allocates memory, other work can slow down individual passes, and larger batches take less time per clip.
    /// </summary>
    /// <param name="first">Duration of the first pass, with one clip, in seconds.</param>
    /// <param name="room">Available time for the passes in seconds.</param>
    /// <param name="pass">Function that runs a pass with a number of clips and returns its duration in seconds.</param>
    internal static double SecondsOfClip(double first, int batchSize, double room, Func<int, double> pass)
    {
        var (least, clips) = (first, 1);
        for (var passes = 0; passes < Passes && least * clips < room;)
        {
            var seconds = pass(clips);
            room -= seconds;
            least = Math.Min(least, seconds / clips);
            passes += clips == batchSize ? 1 : 0;
            clips = Math.Min(2 * clips, batchSize);
        }

        return least;
    }

    /// <summary>
    /// Returns an upper bound on the memory that a batch needs in addition to the state, in bytes. A batch needs less than a multiple of one clip's memory,
    /// because clips share part of it. If this multiple does not fit, increasing numbers of clips are tried as long as they fit.
    /// </summary>
    /// <param name="one">Memory for one clip in bytes.</param>
    /// <param name="room">Available memory in bytes.</param>
    /// <param name="maxClips">Maximum number of clips to try.</param>
    /// <param name="tried">Function that runs a pass with a number of clips and returns the memory in bytes.</param>
    internal static long Activations(long one, int batchSize, long room, double maxClips, Func<int, long> tried)
    {
        var (clips, bytes) = (1, one);
        while ((double)bytes / clips * batchSize > room)
        {
            var next = (int)Math.Min(Math.Min(batchSize, maxClips), room / ((double)bytes / clips));
            if (next <= clips)
            {
                break;
            }

            (clips, bytes) = (next, tried(next));
        }

        return (long)((double)bytes / clips * batchSize);
    }

    /// <summary>Returns a cost with the values that are known without running the model.</summary>
    /// <param name="trainer">Trainer configuration to measure, which may differ from the one in <paramref name="config"/>.</param>
    private static TrainingCost Known(RunConfig config, string name, TrainerConfig trainer, ITrainingTask task, Device device)
    {
        var all = TiedWeights.Distinct(task.Model.parameters(), parameter => parameter).ToList();
        var parameters = all.Where(parameter => parameter.requires_grad).Sum(parameter => parameter.numel());
        return new TrainingCost
        {
            Config = name,
            Device = device.ToString(),
            Threads = EngineThread.ThreadCount(),
            Precision = (task.Video?.Amp ?? trainer.Amp).IsOn(device) ? "bfloat16" : "float32",
            BatchSize = trainer.TrainBatchSize,
            ClipsPerStep = trainer.ExamplesPerStep,
            Steps = config.Trainer.TrainNumSteps.InEpochs ? null : config.Trainer.TrainNumSteps.Steps,
            Parameters = parameters,
            StateBytes = TrainingState.SizeInBytes(task.Model, trainer.Optimizer),
            CheckpointBytes = StateTensors.EstimateLength(parameters, trainer.Optimizer)
                + (all.Sum(parameter => parameter.numel()) - parameters) * sizeof(float), // frozen ones are stored once
        };
    }

    /// <summary>Returns the duration of a forward pass in seconds.</summary>
    private static double Forward(ITrainingTask task, IExamples data, Device device, int clips = 1)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(0, device);
        using var batch = new BatchSequence(data, clips, seed: 0, device).Load(0);
        task.Model.train();
        var clock = Stopwatch.StartNew();
        _ = task.Loss(batch, 0, new StepContext(0, 1, generator));
        return clock.Elapsed.TotalSeconds;
    }

    /// <summary>Returns synthetic examples for a measurement, and the configuration without settings that do not affect the cost of a step.</summary>
    public static (RunConfig Config, IExamples Examples) Synthetic(RunConfig config, string? folder = null)
    {
        var trainer = config.Trainer with
        {
            TrainNumSteps = config.Trainer.TrainNumSteps.InEpochs ? int.MaxValue : config.Trainer.TrainNumSteps,
            TrainMinutes = null,
            SaveModelEvery = int.MaxValue,
            SampleEvery = 0,
            SampleAt = [],
            ValidateEvery = 0,
        };
        return ModelFamilies.Of(config).CreateSynthetic(config with { Trainer = trainer }, folder);
    }
}
