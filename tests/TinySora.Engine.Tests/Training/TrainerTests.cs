using System.Globalization;
using System.Text.RegularExpressions;
using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Configuration;
using TinySora.Engine.Tests.Families.PixelUNet;
using TinySora.Engine.Training;
using TinySora.Engine.Training.Checkpoints;
using TinySora.Engine.Training.Optimization;
using TinySora.Engine.Training.Reports;
using TinySora.Engine.Training.Requests;
using TinySora.Engine.Training.Sinks;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Training;

public sealed partial class TrainerTests : IDisposable
{
    private static readonly TrainerConfig Config = new()
    {
        TrainBatchSize = 2, TrainLr = 0.01, WarmupSteps = 3, GradientAccumulateEvery = 2, MaxGradNorm = 1, EmaDecay = 0.9,
        StepStartEma = 2, UpdateEmaEvery = 1, SaveModelEvery = 4, KeepCheckpoints = 0, HorizontalFlip = true,
    };

    private readonly TemporaryFolder folder = new();
    private readonly RecordingObserver observer = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("adam")]
    [InlineData("adamw")]
    [InlineData("muon")]
    public void Resumed_run_equals_an_uninterrupted_one_bit_for_bit(string optimizer)
    {
        var config = Config with { Optimizer = UNetTesting.Named<OptimizerKind>(optimizer), WeightDecay = optimizer == "adam" ? 0 : 0.01 };
        var whole = Train("whole", config, 12);
        foreach (var interruption in new[] { 1, 4, 7 })
        {
            // A fresh process has other initial weights: everything must come from the checkpoint.
            var name = $"interrupted{interruption}";
            Train(name, config, interruption);
            var resumed = Train(name, config, 12, initialSeed: 99);
            CheckpointAssert.SameTensors(whole, resumed);
            Assert.Equal(
                MetricsFile.Read(folder.File("whole")).Select(record => (record.Step, record.Loss, record.GradientNorm)),
                MetricsFile.Read(folder.File(name)).Select(record => (record.Step, record.Loss, record.GradientNorm)));
        }
    }

    [Fact]
    public void Killed_run_is_repeated_from_its_last_checkpoint()
    {
        var whole = Train("whole", Config, 12);
        Train("killed", Config, 12);
        foreach (var info in CheckpointStore.List(folder.File("killed")).Where(info => info.Step > 4))
        {
            File.Delete(info.Path); // As if the process had been killed after step 4; the metrics extend to step 12.
        }

        CheckpointAssert.SameTensors(whole, Train("killed", Config, 12));
        Assert.Equal(Enumerable.Range(1, 12), MetricsFile.Read(folder.File("killed")).Select(record => record.Step));
    }

    [Fact]
    public void Sample_is_drawn_before_the_checkpoint_of_its_step_so_that_a_killed_run_draws_it_again()
    {
        var there = new List<int>();
        Train("run", Config with { SampleEvery = 4, SaveModelEvery = 4 }, 8, preview: _ =>
        {
            there.Add(CheckpointStore.List(folder.File("run")).Count);
            return "";
        });
        Assert.Equal([0, 1], there);
    }

    [Fact]
    public void Batch_size_rate_and_number_of_steps_follow_the_configuration()
    {
        var batches = new List<int>();
        var config = Config with { TrainBatchSize = 3, GradientAccumulateEvery = 2, TrainLr = 0.03, WarmupSteps = 0 };

        Train("run", config, 5, onBatch: names => batches.Add(names.Count));

        Assert.Equal(Enumerable.Repeat(3, 5 * 2), batches);
        var records = MetricsFile.Read(folder.File("run"));
        Assert.Equal(5, records.Count);
        Assert.All(records, record => Assert.Equal(0.03, record.LearningRate));
    }

    [Fact]
    public void Training_lowers_the_loss()
    {
        Train("run", Config, 150);

        var records = MetricsFile.Read(folder.File("run"));

        Assert.Equal(150, records.Count);
        Assert.True(records.TakeLast(10).Average(record => record.Loss) < records.Take(10).Average(record => record.Loss) / 2);
    }

    [Fact]
    public void Checkpoints_are_saved_at_their_interval_and_at_the_end()
    {
        Train("run", Config, 10);
        Assert.Equal([4, 8, 10], CheckpointStore.List(folder.File("run")).Select(info => info.Step));
        Assert.Equal([4, 8, 10], observer.Steps.Where(step => step.CheckpointPath is not null).Select(step => step.Step));
        Assert.Equal(10, observer.Steps[^1].TotalSteps);
    }

    [Fact]
    public void Two_micro_batches_of_one_clip_equal_one_of_two()
    {
        var halves = Config with { TrainBatchSize = 1, GradientAccumulateEvery = 2, MaxGradNorm = null };
        var whole = halves with { TrainBatchSize = 2, GradientAccumulateEvery = 1 };
        using var first = Checkpoint.Open(Train("halves", halves, 3, noise: 0));
        using var second = Checkpoint.Open(Train("whole", whole, 3, noise: 0));

        using var scope = NewDisposeScope();
        foreach (var name in first.File.Entries.Keys)
        {
            Assert.True(first.File.Read(name).allclose(second.File.Read(name), 1e-4, 1e-6), name);
        }
    }

    [Fact]
    public void Gradient_clipping_bounds_the_gradient_that_the_optimizer_sees()
    {
        Train("clipped", Config with { MaxGradNorm = 1e-3, GradientAccumulateEvery = 1 }, 1);
        Train("free", Config with { MaxGradNorm = null, GradientAccumulateEvery = 1 }, 1);
        Train("later", Config with { MaxGradNorm = 1e-3, MaxGradNormFrom = 1, GradientAccumulateEvery = 1 }, 1);
        Assert.True(MetricsFile.Read(folder.File("free"))[0].GradientNorm > 0.1);

        // After one step the first moment is (1 - beta1) times the gradient.
        Assert.Equal(1e-3, Norm("clipped") / 0.1, 5);
        Assert.Equal(MetricsFile.Read(folder.File("free"))[0].GradientNorm, Norm("free") / 0.1, 5);
        Assert.Equal(Norm("free"), Norm("later"), 5);

        double Norm(string run)
        {
            using var scope = NewDisposeScope();
            using var checkpoint = CheckpointStore.Load(folder.File(run));
            return Math.Sqrt(checkpoint.File.Entries.Keys
                .Where(name => name.StartsWith("optimizer.exp_avg.", StringComparison.Ordinal))
                .Sum(name => checkpoint.File.Read(name).square().sum().item<float>()));
        }
    }

    [Fact]
    public void Cancellation_saves_the_progress()
    {
        using var source = new CancellationTokenSource();
        var stopping = new RecordingObserver { OnProgress = progress => Cancel(progress) };

        Train("run", Config, 1000, observer: stopping, cancellation: source.Token, reason: RunState.Cancelled);

        Assert.Equal(4, CheckpointStore.Latest(folder.File("run")).Step);

        void Cancel(TrainingProgress progress)
        {
            if (progress.Step == 4)
            {
                source.Cancel();
            }
        }
    }

    [Fact]
    public void Cancellation_during_a_preview_saves_the_progress()
    {
        using var source = new CancellationTokenSource();
        Train("run", Config with { SampleEvery = 3 }, 1000, cancellation: source.Token, reason: RunState.Cancelled, preview: _ =>
        {
            source.Cancel();
            throw new OperationCanceledException();
        });

        Assert.Equal(3, CheckpointStore.Latest(folder.File("run")).Step);
    }

    /// <summary>Validates and draws at steps 3 and 6; the validation at step 6 is better than the one at step 3.</summary>
    [Theory]
    [InlineData("validation", 3)]
    [InlineData("picture", 3)]
    [InlineData("validation", 6)]
    [InlineData("picture", 6)]
    public void Interrupted_validation_and_samples_are_done_after_resuming(string cutOff, int at)
    {
        var config = Config with { SampleEvery = 3, ValidateEvery = 3, BestBy = "val.error", SaveModelEvery = 6, EarlyStoppingPatience = 9 };
        List<int> drawn = [];
        Run("whole", default, null, RunState.Completed);
        Assert.Equal([3, 6], drawn);
        for (var time = 0; time < 2; time++)
        {
            // The second time, these are interrupted after resuming, too.
            using var source = new CancellationTokenSource();
            Run("cut", source.Token, source.Cancel, RunState.Cancelled);
            Assert.Equal(at, CheckpointStore.Latest(folder.File("cut")).Step);
        }

        drawn.Clear();
        Run("cut", default, null, RunState.Completed);
        Assert.Equal(at == 3 ? [3, 6] : [6], drawn);
        var (whole, cut) = (MetricsFile.Read(folder.File("whole")), MetricsFile.Read(folder.File("cut")));
        Assert.Equal(
            whole.Select(step => (step.Step, step.Loss, step.GradientNorm, step.Scalars?.GetValueOrDefault("val.error"))),
            cut.Select(step => (step.Step, step.Loss, step.GradientNorm, step.Scalars?.GetValueOrDefault("val.error"))));
        using var first = Checkpoint.Open(CheckpointStore.PathOf(folder.File("whole"), 6));
        using var second = Checkpoint.Open(CheckpointStore.PathOf(folder.File("cut"), 6));
        string[] times = ["saved_at", "elapsed_seconds"];
        Assert.Equal(
            first.File.Metadata.Where(pair => !times.Contains(pair.Key)).OrderBy(pair => pair.Key, StringComparer.Ordinal),
            second.File.Metadata.Where(pair => !times.Contains(pair.Key)).OrderBy(pair => pair.Key, StringComparer.Ordinal));

        void Run(string name, CancellationToken token, Action? cancel, RunState reason)
        {
            Train(name, config, 6, cancellation: token, reason: reason, preview: step =>
            {
                CutOffIf("picture", step);
                drawn.Add(step);
                return "";
            }, validate: step =>
            {
                CutOffIf("validation", step);
                return new Dictionary<string, double> { ["error"] = step };
            });

            void CutOffIf(string work, int step)
            {
                if (cancel is not null && work == cutOff && step == at)
                {
                    cancel();
                    throw new OperationCanceledException();
                }
            }
        }
    }

    [Fact]
    public void Non_finite_validation_results_are_stored_in_the_checkpoint()
    {
        var config = Config with { ValidateEvery = 1, BestBy = "val.error" };
        Train("run", config, 1, validate: _ => new Dictionary<string, double> { ["error"] = double.NaN, ["other"] = double.PositiveInfinity });
        var metrics = CheckpointStore.Latest(folder.File("run")).Metrics;
        Assert.Equal((double.NaN, double.PositiveInfinity), (metrics["val.error"], metrics["val.other"]));
    }

    [Fact]
    public void Expired_time_budget_saves_the_progress()
    {
        Train("run", Config, 1000, budget: TimeSpan.Zero, reason: RunState.TimeBudget);
        Assert.Equal(1, CheckpointStore.Latest(folder.File("run")).Step);
    }

    [Fact]
    public void Steps_leak_no_tensors()
    {
        EngineThread.Run(() =>
        {
            using var task = new ToyTask();
            using var state = new TrainingState(task.Model, Config);
            Run(2);
            var before = Tensor.TotalCount;
            Run(40);
            Assert.InRange(Tensor.TotalCount, 0, before); // fewer if the garbage collector frees others meanwhile

            void Run(int lastStep) => new Trainer(task, Config, ToyTask.Batches(Config), state, 7, observer, default)
            {
                Limits = new(lastStep), Outputs = new() { Metrics = new MetricsFile(folder.File("metrics")), Save = () => "none" },
            }.Run();
        });
    }

    [Fact]
    public void Other_work_gets_the_engine_thread_between_steps()
    {
        using var source = new CancellationTokenSource();
        using var begun = new ManualResetEventSlim();
        _ = Task.Run(() =>
        {
            begun.Wait();
            EngineThread.Run(source.Cancel);
        });
        var asking = new RecordingObserver { OnProgress = _ => begun.Set() };

        // If the other work had to wait for the end of the run, nothing would cancel it.
        Train("run", Config with { SaveModelEvery = 2, KeepCheckpoints = 1 }, 100_000,
            observer: asking, reason: RunState.Cancelled, cancellation: source.Token);
    }

    [Fact]
    public void Expected_duration_of_a_slow_step_is_announced_before_the_first_one()
    {
        Train("short", Config, 2);
        Assert.Empty(observer.Announcements);

        // A forward pass takes 0.1 s and runs twice per step: 0.6 s with the backward passes. The run is cancelled on the announcement.
        using var source = new CancellationTokenSource();
        var impatient = new RecordingObserver { OnAnnounce = _ => source.Cancel() };
        Train("long", Config, 4, noise: 0, onBatch: _ => Thread.Sleep(100), observer: impatient, reason: RunState.Cancelled,
            longStep: TimeSpan.FromSeconds(0.5), cancellation: source.Token);
        Assert.Empty(impatient.Logged);
        var announcement = Regex.Match(Assert.Single(impatient.Announcements), @"^A step will take about (\d+\.\d) s");
        Assert.InRange(double.Parse(announcement.Groups[1].Value, CultureInfo.InvariantCulture), 0.6, 30);
        Assert.StartsWith("taking the first step, about", Assert.Single(impatient.Meanwhile), StringComparison.Ordinal);
    }

    private string Train(
        string name, TrainerConfig config, int steps, int initialSeed = 1, double noise = 0.1, Action<IReadOnlyList<string>>? onBatch = null,
        RecordingObserver? observer = null, TimeSpan? budget = null, RunState reason = RunState.Completed,
        Func<int, string>? preview = null, Func<int, IReadOnlyDictionary<string, double>>? validate = null, TimeSpan? longStep = null,
        CancellationToken cancellation = default) => EngineThread.Run(() =>
    {
        var path = Directory.CreateDirectory(folder.File(name)).FullName;
        using var task = new ToyTask(initialSeed) { Noise = noise, IsPoisoned = Tell };
        using var state = new TrainingState(task.Model, config);
        var newest = CheckpointStore.List(path) is [.., var last] ? last : null;
        if (newest is not null)
        {
            using var checkpoint = Checkpoint.Open(newest.Path);
            checkpoint.Restore(state);
        }

        var metrics = Path.Combine(path, MetricsFile.Name);
        new MetricsFile(metrics).RollBack(state.Step);
        var run = new RunDescription(new RunConfig { Trainer = config }, 7, "toy", task.Metadata);
        var trainer = new Trainer(task, config, ToyTask.Batches(config), state, 7, observer ?? this.observer, cancellation)
        {
            Limits = new(steps) { Budget = budget },
            Outputs = new()
            {
                Save = () => CheckpointStore.Save(path, state, run, config.KeepCheckpoints),
                Metrics = new MetricsFile(metrics),
                Preview = preview is null ? null : () => preview(state.Step),
                Validate = validate is null ? null : () => validate(state.Step),
            },
            LastCheckpoint = newest?.Path,
            CutOff = MetricsFile.Read(path) is [.., var read] ? read : null,
            LongStep = longStep ?? TimeSpan.FromSeconds(10),
        };
        var outcome = trainer.Run();
        Assert.Equal(reason, outcome.Reason);
        return outcome.LastCheckpoint!;

        bool Tell(IReadOnlyList<string> names)
        {
            onBatch?.Invoke(names);
            return false;
        }
    });
}
