using TinySora.Engine.Compute.Devices;
using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Configuration;
using TinySora.Engine.Errors;
using TinySora.Engine.Families.PixelUNet;
using TinySora.Engine.Layers;
using TinySora.Engine.Tests.Families;
using TinySora.Engine.Tests.Families.PixelUNet;
using TinySora.Engine.Text;
using TinySora.Engine.Training.Checkpoints;
using TinySora.Engine.Training.Cost;
using TinySora.Engine.Training.Optimization;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Training.Cost;

public sealed class TrainingMeterTests
{
    private static readonly RunConfig Config = TinyRun.Config with
    {
        Trainer = TinyRun.Config.Trainer with { TrainBatchSize = 3, GradientAccumulateEvery = 2, TrainNumSteps = 1000 },
    };

    [Fact]
    public void Measured_step_predicts_the_cost_of_the_whole_run()
    {
        var cost = TrainingMeter.Measure(Config, "tiny", "cpu", 2, CancellationToken.None);

        Assert.Equal(("tiny", "cpu", "float32", 3, 6), (cost.Config, cost.Device, cost.Precision, cost.BatchSize, cost.ClipsPerStep));
        Assert.True(cost.SecondsPerStep > 0);
        Assert.Equal(6 / cost.SecondsPerStep.Value, cost.ClipsPerSecond!.Value, 1e-6);
        Assert.Equal(1000 * cost.SecondsPerStep.Value, cost.Duration!.Value.TotalSeconds, 1e-6);
        Assert.Equal(3 * 6 * cost.ForwardFlops, cost.StepFlops);
        Assert.True(cost.ForwardFlops > 1e6);
        Assert.True(cost.ActivationBytes >= 0 && cost.Fits);
        Assert.Equal(cost.StateBytes + cost.ActivationBytes, cost.MemoryBytes);
    }

    [Fact]
    public void Steps_over_the_time_limit_are_skipped_and_estimated_from_a_forward_pass()
    {
        var config = Config.With(model: Config.Model with { TextEncoder = TextEncoderKind.None, CondDim = null });
        var (cost, operations) = EngineThread.Run(() =>
        {
            var before = FlopCounter.Count;
            var cost = TrainingMeter.Measure(config, "tiny", CPU, 2, long.MaxValue, CancellationToken.None, patience: TimeSpan.Zero);
            return (cost, FlopCounter.Count - before);
        });
        Assert.True(cost.IsEstimated);
        Assert.True(cost.SecondsPerStep > 0 && cost.ActivationBytes >= 0);
        Assert.InRange(operations / cost.ForwardFlops!.Value, 1, 2); // passes
        var measured = TrainingMeter.Measure(config, "tiny", "cpu", 1, CancellationToken.None, patience: TimeSpan.FromDays(1));
        Assert.False(measured.IsEstimated);
        Assert.Equal(measured.ForwardFlops, cost.ForwardFlops);
    }

    /// <summary>Synthetic clips are mirrored like those of a dataset.</summary>
    [Theory]
    [InlineData("pixel-unet")]
    [InlineData("video-autoencoder")]
    [InlineData("family: latent-transformer\nmodel: { architecture: latte, depth: 2, hidden_size: 16, num_heads: 2, patch_size: 4 }\nclip: { frames: 4, height: 16 }\nlatents: { codec: '' }")]
    public void Mirrored_clips_are_measured(string family)
    {
        var config = family.Contains(':', StringComparison.Ordinal) ? ConfigFile.Parse(family, "test")
            : family == "pixel-unet" ? Config : ForeignModels.Config(family);
        config = config with { Trainer = config.Trainer with { HorizontalFlip = true, TrainBatchSize = 2 } };
        Assert.True(TrainingMeter.Measure(config, "tiny", "cpu", 1, CancellationToken.None).Fits);
    }

    [Fact]
    public void Operations_per_clip_depend_neither_on_the_batch_nor_on_the_micro_batches()
    {
        // Without text: captions are padded to the longest of their batch.
        RunConfig Batch(int size, int every) => Config.With(model: Config.Model with { TextEncoder = TextEncoderKind.None, CondDim = null }) with { Trainer = Config.Trainer with { TrainBatchSize = size, GradientAccumulateEvery = every } };
        var one = TrainingMeter.Measure(Batch(1, 1), "one", "cpu", 1, CancellationToken.None).ForwardFlops;
        Assert.Equal(one, TrainingMeter.Measure(Batch(4, 2), "four", "cpu", 1, CancellationToken.None).ForwardFlops);
    }

    [Fact]
    public void Predicted_sizes_of_state_and_checkpoint_are_the_actual_ones()
    {
        using var run = new TinyRun();
        var trained = run.Train(trainer: t => t with { TrainNumSteps = 1 });
        using var checkpoint = Checkpoint.Open(trained.Checkpoint);
        var (cost, state) = EngineThread.Run(() =>
        {
            using var task = PixelUNetTask.Restore(TinyRun.Config.Of<PixelUNetConfig>(), checkpoint.TaskMetadata, CPU);
            using var state = new TrainingState(task.Model, TinyRun.Config.Trainer);
            Tensor[] all = [state.Groups[0].Parameters.Values, state.Groups[0].Parameters.Gradients, state.Groups[0].Optimizer.States[0].Values, state.Groups[0].Optimizer.States[1].Values, state.Groups[0].Average];
            return (TrainingState.SizeInBytes(task.Model, OptimizerKind.Adam), all.Sum(tensor => tensor.numel() * tensor.element_size()));
        });
        Assert.Equal(state, cost);

        // The rest of the file is its header.
        var tensors = checkpoint.File.Tensors.Values.Sum(tensor => tensor.Shape.Aggregate(1L, (product, size) => product * size) * sizeof(float));
        var parameters = checkpoint.File.Tensors.Where(item => item.Key.StartsWith("ema.", StringComparison.Ordinal))
            .Sum(item => item.Value.Shape.Aggregate(1L, (product, size) => product * size));
        Assert.InRange(tensors - StateTensors.EstimateLength(parameters, OptimizerKind.Adam), 0, 4096); // untrained tensors, such as frequencies
    }

    [Fact]
    public void Model_that_does_not_fit_into_memory_is_not_run()
    {
        TrainingCost Measure(long free) => EngineThread.Run(() => TrainingMeter.Measure(Config, "tiny", CPU, 1, free, CancellationToken.None));
        var state = Measure(long.MaxValue).StateBytes;

        var nothing = Measure(state - 1);
        Assert.False(nothing.Fits);
        Assert.Null(nothing.ForwardFlops);
        Assert.Null(nothing.Duration);

        var large = Config.With(diffusion: Config.Diffusion with { Height = 128 });
        var oneClip = EngineThread.Run(() => TrainingMeter.Measure(large, "large", CPU, 1, state + 1, CancellationToken.None));
        Assert.False(oneClip.Fits);
        Assert.True(oneClip.ForwardFlops > 0); // one clip was run
        Assert.Equal(0, oneClip.ActivationBytes % 3);
        Assert.Null(oneClip.SecondsPerStep);
    }

    /// <summary>100 bytes once and 10 per clip: 260 for 16 clips. Sixteen times the memory of one clip would be 1760.</summary>
    [Theory]
    [InlineData(2000, true, 0)]
    [InlineData(300, true, 250)]
    [InlineData(250, false, 240)]
    [InlineData(200, false, 0)]
    [InlineData(0, false, 0)]
    public void Memory_shared_by_all_clips_is_counted_once(long room, bool fits, long maxTried)
    {
        var tried = new List<long> { 0 };
        var bytes = TrainingMeter.Activations(110, 16, room, double.MaxValue, clips =>
        {
            tried.Add(100 + (10 * clips));
            return tried[^1];
        });
        Assert.Equal(fits, bytes <= room);
        Assert.InRange(bytes, 260, 1760);
        Assert.Equal(maxTried, tried.Max());
        Assert.True(tried.Max() <= room);
        Assert.Equal(1760, TrainingMeter.Activations(110, 16, room: 300, maxClips: 1.5, _ => throw new InvalidOperationException("that takes too long")));
    }

    /// <summary>0.1 s per pass and 0.01 s per clip, on a processor that is busy with other work at times.</summary>
    [Fact]
    public void Time_per_clip_is_the_minimum_over_several_passes_with_more_clips()
    {
        var taken = new List<int>();
        var busy = new Queue<double>([0.9, 0, 0, 2, 0, 0.5, 0]);
        var each = TrainingMeter.SecondsOfClip(2, 16, 5, clips =>
        {
            taken.Add(clips);
            return 0.1 + (0.01 * clips) + busy.Dequeue();
        });
        Assert.Equal([1, 2, 4, 8, 16, 16, 16], taken);
        Assert.Equal(0.26 / 16, each, 1e-9);
    }

    [Theory]
    [InlineData(0.5, 0, 0)] // no time left
    [InlineData(30, 5, 0)] // one pass is enough
    [InlineData(2, 5, 1)] // two clips would take too long
    [InlineData(0.001, 5, 7)] // 1, 2, 4 and 8 clips, then 16 three times
    public void Slow_passes_are_measured_less_often(double seconds, double room, int passes)
    {
        var taken = 0;
        Assert.Equal(seconds, TrainingMeter.SecondsOfClip(seconds, 16, room, clips =>
        {
            taken++;
            return seconds * clips;
        }));
        Assert.Equal(passes, taken);
    }

    [Theory]
    [InlineData("bert")]
    [InlineData("clip")]
    public void Frozen_encoders_are_measured_without_their_files(string encoder)
    {
        var config = Config.With(model: Config.Model with { TextEncoder = UNetTesting.Named<TextEncoderKind>(encoder), CondDim = null, TextEncoderPath = "nowhere" });
        var cost = TrainingMeter.Measure(config, encoder, "cpu", 1, CancellationToken.None);
        Assert.True(cost.SecondsPerStep > 0);
    }

    [Fact]
    public void Published_configuration_has_the_published_number_of_parameters()
    {
        var config = ConfigFile.Parse(Presets.Text("default"), "default");
        var cost = EngineThread.Run(() => TrainingMeter.Measure(config, "default", CPU, 1, free: 0, CancellationToken.None));
        Assert.Equal(41_801_859, cost.Parameters);
        Assert.InRange(cost.StateBytes, 20 * cost.Parameters, 20 * cost.Parameters + 100_000);
        Assert.Equal(16 * cost.Parameters, cost.CheckpointBytes);
    }

    [Fact]
    public void Unknown_device_is_refused_and_measuring_can_be_cancelled()
    {
        Assert.Equal("TinySora.Runtime.UnknownDevice",
            Assert.Throws<TinySoraException>(() => TrainingMeter.Measure(Config, "tiny", "tpu", 1, CancellationToken.None)).Id);
        Assert.ThrowsAny<OperationCanceledException>(() => TrainingMeter.Measure(Config, "tiny", "cpu", 1, new CancellationToken(true)));
    }

    [Fact]
    public void Memory_growth_is_the_peak()
    {
        Needs.Growth();
        const int size = 64 << 20;

        // Other threads of the process allocate and free memory meanwhile.
        Assert.Contains(Enumerable.Range(0, 5), _ => Grown() is >= size / 4 * 3 and <= 2 * size);
        Assert.InRange(MemoryUse.GetFreeBytes(), 1, long.MaxValue);

        static long Grown() => EngineThread.Run(() => MemoryUse.MeasureGrowth(() =>
        {
            ones([size / 2], ScalarType.Byte).Dispose();
            using var large = ones([size], ScalarType.Byte);
            Thread.Sleep(50);
        }));
    }
}
