using TinySora.Engine.Configuration;
using TinySora.Engine.Training;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Training;

public sealed class StepLogTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly RecordingObserver observer = new();
    private readonly ToyTask task = new();
    private readonly TrainingState state;

    public StepLogTests() => state = new TrainingState(task.Model, new TrainerConfig { TrainLr = 0.5 });

    public void Dispose()
    {
        state.Dispose();
        task.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void Loss_is_smoothed_and_every_step_is_written()
    {
        using var log = new StepLog(state, new NonFiniteGuard(state, observer), folder.File("m"));
        log.Add(1, tensor(2f), tensor(3f), ["a", "b"], 0.5);
        log.Add(2, tensor(1f), tensor(4f), ["c", "d"], 0.25);

        var steps = log.Flush();

        Assert.Equal((0.98 * 2) + (0.02 * 1), state.Loss!.Value, 12);
        var records = MetricsFile.Read(folder.File("m"));
        Assert.Equal(records, steps);
        Assert.Equal([(1, 2.0, 3.0, 0.5), (2, 1.0, 4.0, 0.25)], records.Select(r => (r.Step, r.Loss, r.GradientNorm, r.LearningRate)));
        Assert.All(records, record => Assert.True(record.ClipsPerSecond > 0 && record.Elapsed >= 0));
        Assert.True(log.StepsPerSecond > 0);
    }

    [Fact]
    public void Time_that_is_no_training_does_not_count()
    {
        using var log = new StepLog(state, new NonFiniteGuard(state, observer), folder.File("m"));
        log.Without(() => Thread.Sleep(300));
        log.Add(1, tensor(2f), tensor(3f), ["a"], 0.5);
        Assert.True(Assert.Single(log.Flush()).Elapsed < 0.3);
    }

    [Fact]
    public void Many_steps_are_read_at_once_but_not_too_many()
    {
        using var log = new StepLog(state, new NonFiniteGuard(state, observer), folder.File("m"));
        for (var step = 1; step <= 64; step++)
        {
            log.Add(step, tensor(1f), tensor(1f), ["a"], 0.5);
        }

        Assert.True(log.IsDue);
        Assert.False(File.Exists(folder.File("m")));
    }

    [Fact]
    public void Nothing_is_read_beyond_the_step_after_which_the_run_goes_back()
    {
        // However late it is read: the moment of reading must not decide which steps count.
        using var log = new StepLog(state, new NonFiniteGuard(state, observer), folder.File("m"));
        for (var step = 1; step <= 20; step++)
        {
            log.Add(step, tensor(step is >= 3 and <= 8 ? float.NaN : 1f), tensor(1f), [$"{step}.gif"], 0.5);
        }

        Assert.Equal([1, 2], log.Flush().Select(step => step.Step));
        Assert.Equal(NonFiniteGuard.MostSkipped, state.SkippedInARow);
        Assert.Contains("7.gif", observer.Warnings[^1], StringComparison.Ordinal);
    }
}
