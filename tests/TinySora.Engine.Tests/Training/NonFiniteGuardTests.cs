using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Configuration;
using TinySora.Engine.Errors;
using TinySora.Engine.Formats.Weights;
using TinySora.Engine.Training;
using TinySora.Engine.Training.Checkpoints;
using TinySora.Engine.Training.Optimization;
using TinySora.Engine.Training.Reports;
using TinySora.Engine.Training.Requests;
using TinySora.Engine.Training.Sinks;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Training;

public sealed class NonFiniteGuardTests : IDisposable
{
    private const int Bad = 3;

    // Two steps per epoch.
    private static readonly TrainerConfig Config = new()
    {
        TrainBatchSize = 2, GradientAccumulateEvery = 2, TrainLr = 0.01, MaxGradNorm = 1, StepStartEma = 2, UpdateEmaEvery = 1,
        SaveModelEvery = 4, KeepCheckpoints = 0,
    };

    private readonly TemporaryFolder folder = new();
    private readonly RecordingObserver observer = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Non_finite_step_is_skipped_and_reported_with_its_clips()
    {
        var before = Train("before", 2);
        Train("run", 3, epoch => epoch == 1);

        var after = CheckpointStore.Latest(folder.File("run"));
        Assert.Equal(3, after.Step);
        CheckpointAssert.SameTensors(before, after.Path, name => !name.StartsWith("ema.", StringComparison.Ordinal));
        var warning = Assert.Single(observer.Warnings);
        Assert.Contains("Step 3 was skipped: its loss is NaN", warning, StringComparison.Ordinal);
        Assert.Contains("clip3.gif", warning, StringComparison.Ordinal);
        var reported = Assert.Single(observer.Events);
        Assert.Equal((RunEventKind.NotFinite, 3), (reported.Kind, reported.Step));
        Assert.DoesNotContain("clip3.gif", reported.Message, StringComparison.Ordinal);
        Assert.Equal([1, 2], MetricsFile.Read(folder.File("run")).Select(step => step.Step));
    }

    [Fact]
    public void Few_non_finite_steps_are_counted_and_the_run_continues()
    {
        Train("run", 12, epoch => epoch is 1 or 3, skipped: 4);

        Assert.Equal([1, 2, 5, 6, 9, 10, 11, 12], MetricsFile.Read(folder.File("run")).Select(step => step.Step));
        Assert.Equal([1, 2, 5, 6, 9, 10, 11, 12], observer.Logged.Select(step => step.Step));

        // Steps 4 and 8 were skipped, so their checkpoint is saved with step 12.
        Assert.Equal([12], CheckpointStore.List(folder.File("run")).Select(info => info.Step));
        AssertFinite("run");
    }

    [Fact]
    public void Many_non_finite_steps_in_a_row_return_to_the_last_checkpoint_with_other_batches()
    {
        var path = Train("run", 12, epoch => epoch is 2 or 3 or 4, skipped: 5);

        Assert.Contains("Returned to step 4", observer.Warnings[^1], StringComparison.Ordinal);
        Assert.Equal([8, 4], observer.Events.Select(what => what.Step));
        Assert.Equal(observer.Warnings[^1], observer.Events[^1].Message);
        Assert.Equal(Enumerable.Range(1, 12), MetricsFile.Read(folder.File("run")).Select(step => step.Step));
        Assert.Equal([4, 8, 12], CheckpointStore.List(folder.File("run")).Select(info => info.Step));
        using var checkpoint = Checkpoint.Open(path);
        Assert.Equal((1, 0), (checkpoint.Rollbacks, checkpoint.SkippedInARow));
        AssertFinite("run");
    }

    [Fact]
    public void Killed_run_that_had_gone_back_is_repeated_exactly()
    {
        Predicate<int> bad = epoch => epoch is 2 or 3 or 4;
        var whole = Train("whole", 12, bad, skipped: 5);
        foreach (var last in new[] { 4, 8 })
        {
            // As if the process had been killed at some time after that checkpoint.
            var name = $"killed{last}";
            Train(name, 12, bad, skipped: 5);
            foreach (var info in CheckpointStore.List(folder.File(name)).Where(info => info.Step > last))
            {
                File.Delete(info.Path);
            }

            CheckpointAssert.SameTensors(whole, Train(name, 12, bad, skipped: last == 4 ? 5 : 0));
        }
    }

    [Fact]
    public void Non_finite_steps_in_a_row_are_counted_across_an_interruption()
    {
        Predicate<int> bad = epoch => epoch is 2 or 3 or 4;
        Train("run", 7, bad, skipped: 3);
        Train("run", 12, bad, skipped: 2);
        Assert.Single(observer.Warnings, text => text.StartsWith("Returned to step 7", StringComparison.Ordinal));
    }

    [Fact]
    public void Run_that_fails_again_after_going_back_ends_with_the_names_of_the_clips()
    {
        var error = Assert.Throws<TinySoraException>(() => Train("run", 100, epoch => epoch >= 2));

        Assert.Equal("TinySora.Training.NonFiniteLoss", error.Id);
        Assert.Contains("(rollbacks: 3)", error.Message, StringComparison.Ordinal);
        Assert.Contains("clip3.gif", error.Message, StringComparison.Ordinal);
        Assert.Contains("step-00000004", error.Message, StringComparison.Ordinal);
        Assert.Equal(3, observer.Warnings.Count(text => text.StartsWith("Returned to", StringComparison.Ordinal)));
        Assert.Equal([4], CheckpointStore.List(folder.File("run")).Select(info => info.Step));
    }

    [Fact]
    public void Run_that_fails_from_the_start_has_no_checkpoint_to_return_to()
    {
        var error = Assert.Throws<TinySoraException>(() => Train("run", 100, _ => true));
        Assert.Contains("no checkpoint to roll back to", error.Message, StringComparison.Ordinal);
        Assert.Empty(CheckpointStore.List(folder.File("run")));
    }

    [Theory]
    [InlineData(100)]
    [InlineData(8)]
    public void Non_finite_weights_are_never_saved(int steps)
    {
        // The loss and the gradient of step 8 are finite, but the resulting weights are not.
        var spoiled = false;
        var error = Assert.Throws<TinySoraException>(() => Train("run", steps, spoil: (weights, batch) =>
        {
            if (batch >= 2 * 8 - 1)
            {
                weights.fill_(float.PositiveInfinity);
                spoiled = true;
            }
        }));

        Assert.Equal("TinySora.Training.NonFiniteLoss", error.Id);
        Assert.True(spoiled);
        Assert.Equal([4], CheckpointStore.List(folder.File("run")).Select(info => info.Step));
        AssertFinite("run");
    }

    /// <param name="isBad">Selects the epochs whose batches contain only the clip with a NaN loss.</param>
    /// <param name="spoil">Called with a tensor of weights and the number of the batch in this call.</param>
    private string Train(
        string name, int steps, Predicate<int>? isBad = null, int skipped = 1, Action<Tensor, int>? spoil = null) => EngineThread.Run(() =>
    {
        var path = Directory.CreateDirectory(folder.File(name)).FullName;
        var (batch, weights) = (0, (Tensor?)null);
        using var task = new ToyTask { IsPoisoned = IsPoisoned };
        weights = task.Model.parameters().First();
        using var state = new TrainingState(task.Model, Config);
        var newest = CheckpointStore.List(path) is [.., var last] ? last.Path : null;
        if (newest is not null)
        {
            using var checkpoint = Checkpoint.Open(newest);
            checkpoint.Restore(state);
        }

        var metrics = Path.Combine(path, MetricsFile.Name);
        new MetricsFile(metrics).RollBack(state.Step);
        var run = new RunDescription(new RunConfig { Trainer = Config }, 7, "toy", task.Metadata);
        var trainer = new Trainer(task, Config, ToyTask.Batches(Config, order: Order), state, 7, observer, default)
        {
            Limits = new(steps),
            Outputs = new() { Metrics = new MetricsFile(metrics), Save = () => CheckpointStore.Save(path, state, run, Config.KeepCheckpoints) },
            LastCheckpoint = newest,
        };
        var outcome = trainer.Run();
        Assert.Equal(RunState.Completed, outcome.Reason);
        Assert.Equal(isBad is null ? 0 : skipped, outcome.SkippedSteps);
        return outcome.LastCheckpoint!;

        // Bad epochs contain only the bad clip, all other epochs exclude it.
        int[] Order(int epoch) => isBad?.Invoke(epoch) == true
            ? [.. Enumerable.Repeat(Bad, 8)]
            : [.. Enumerable.Range(0, 8).Select(i => (i + epoch) % 8).Select(i => i == Bad ? 0 : i)];

        bool IsPoisoned(IReadOnlyList<string> names)
        {
            using var nothing = no_grad();
            spoil?.Invoke(weights!, batch++);
            return names.Contains($"clip{Bad}.gif");
        }
    });

    private void AssertFinite(string name)
    {
        using var scope = NewDisposeScope();
        using var file = SafetensorsFile.Open(CheckpointStore.Latest(folder.File(name)).Path);
        Assert.All(file.Entries.Keys, key => Assert.True(file.Read(key).isfinite().all().ToBoolean(), key));
    }
}
