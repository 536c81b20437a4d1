using TinySora.Engine.Configuration;
using TinySora.Engine.Training;
using TinySora.Engine.Training.Optimization;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Training;

public sealed class StepLogTests : IDisposable
{
    private readonly RecordingObserver observer = new();
    private readonly ToyTask task = new();
    private readonly StepClock clock = new();
    private readonly TrainingState state;

    public StepLogTests() => state = new TrainingState(task.Model, new TrainerConfig { TrainLr = 0.5 });

    public void Dispose()
    {
        state.Dispose();
        task.Dispose();
    }

    [Fact]
    public void Loss_is_smoothed_and_every_step_is_reported()
    {
        using var log = new StepLog(state, observer, clock);
        clock.Pass(0.5);
        log.Add(1, tensor(2f), tensor(3f), ["a", "b"], 0.5);
        clock.Pass(2);
        log.Add(2, tensor(1f), tensor(4f), ["c", "d"], 0.25);

        var steps = log.Flush();

        Assert.Equal((0.98 * 2) + (0.02 * 1), state.Loss!.Value, 12);
        Assert.Equal([(1, 2.0, 3.0, 0.5), (2, 1.0, 4.0, 0.25)], steps.Select(r => (r.Step, r.Loss, r.GradientNorm, r.LearningRate)));
        Assert.Equal([(4.0, 0.5), (1.0, 2.5)], steps.Select(record => (record.ClipsPerSecond, record.Elapsed.TotalSeconds)));
        Assert.Equal(2 / 2.5, log.StepsPerSecond, 12);
        Assert.Equal(TimeSpan.FromSeconds(2.5), state.Elapsed);
    }

    [Fact]
    public void Time_outside_training_does_not_count()
    {
        using var log = new StepLog(state, observer, clock);
        clock.Pass(1);
        log.Without(() => clock.Pass(300));
        Assert.Throws<InvalidOperationException>(() => log.Without(() =>
        {
            clock.Pass(40);
            throw new InvalidOperationException();
        }));
        log.Add(1, tensor(2f), tensor(3f), ["a", "b"], 0.5);
        var step = Assert.Single(log.Flush());
        Assert.Equal((1.0, 2.0), (step.Elapsed.TotalSeconds, step.ClipsPerSecond));
        Assert.Equal((1.0, TimeSpan.FromSeconds(1)), (log.StepsPerSecond, state.Elapsed));
    }

    [Fact]
    public void Losses_are_read_after_a_bounded_number_of_steps()
    {
        using var log = new StepLog(state, observer, clock);
        for (var step = 1; step <= 64; step++)
        {
            log.Add(step, tensor(1f), tensor(1f), ["a"], 0.5);
        }

        Assert.True(log.IsDue);
    }

    [Fact]
    public void Losses_of_few_steps_are_read_after_a_second()
    {
        using var log = new StepLog(state, observer, clock);
        log.Add(1, tensor(1f), tensor(1f), ["a"], 0.5);
        Assert.False(log.IsDue);
        clock.Pass(1);
        Assert.True(log.IsDue);
        log.Flush();
        Assert.False(log.IsDue);
    }

    [Fact]
    public void Steps_after_the_one_that_reverts_to_a_checkpoint_are_ignored()
    {
        // The time of reading must not decide which steps count.
        using var log = new StepLog(state, observer, clock);
        for (var step = 1; step <= 20; step++)
        {
            log.Add(step, tensor(step is >= 3 and <= 8 ? float.NaN : 1f), tensor(1f), [$"{step}.gif"], 0.5);
        }

        Assert.Equal([1, 2], log.Flush().Select(step => step.Step));
        Assert.Equal(NonFiniteGuard.MaxSkippedInARow, state.SkippedInARow);
        Assert.Contains("7.gif", observer.Warnings[^1], StringComparison.Ordinal);
    }

    /// <summary>Otherwise, whether the model is validated would depend on the time of reading.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Skipped_step_is_not_validated(bool isReadBefore)
    {
        using var log = new StepLog(state, observer, clock);
        log.Add(1, tensor(1f), tensor(1f), ["1.gif"], 0.5);
        if (isReadBefore)
        {
            log.Flush();
        }

        log.Add(2, tensor(float.NaN), tensor(1f), ["2.gif"], 0.5);
        log.Flush(() => throw new InvalidOperationException("The step was skipped."));
        log.Add(3, tensor(1f), tensor(1f), ["3.gif"], 0.5);
        Assert.Equal(0.5, Assert.Single(log.Flush(() => new Dictionary<string, double> { ["validation_loss"] = 0.5 })).Scalars!["validation_loss"]);
    }

    /// <summary>A clock that advances only on request.</summary>
    private sealed class StepClock : TimeProvider
    {
        private TimeSpan passed;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => passed.Ticks;

        public void Pass(double seconds) => passed += TimeSpan.FromSeconds(seconds);
    }
}
