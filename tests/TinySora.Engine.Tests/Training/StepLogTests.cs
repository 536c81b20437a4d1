using TinySora.Engine.Configuration;
using TinySora.Engine.Errors;
using TinySora.Engine.Training;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Training;

public sealed class StepLogTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
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
        using var log = new StepLog(state, new TrainerConfig { TrainLr = 0.5 }, folder.File("m"));
        log.Add(1, tensor(2f), tensor(3f), ["a", "b"]);
        log.Add(2, tensor(1f), tensor(4f), ["c", "d"]);

        log.Flush(null);

        Assert.Equal((0.98 * 2) + (0.02 * 1), state.Loss!.Value, 12);
        var records = MetricsFile.Read(folder.File("m"));
        Assert.Equal([(1, 2.0, 3.0, 0.5), (2, 1.0, 4.0, 0.5)], records.Select(r => (r.Step, r.Loss, r.GradNorm, r.LearningRate)));
        Assert.All(records, record => Assert.True(record.ClipsPerSecond > 0 && record.Elapsed >= 0));
        Assert.True(log.StepsPerSecond > 0);
    }

    [Fact]
    public void Many_steps_are_read_at_once_but_not_too_many()
    {
        using var log = new StepLog(state, new TrainerConfig(), folder.File("m"));
        for (var step = 1; step <= 64; step++)
        {
            log.Add(step, tensor(1f), tensor(1f), ["a"]);
        }

        Assert.True(log.IsDue);
        Assert.False(File.Exists(folder.File("m")));
    }

    [Fact]
    public void Gradient_that_is_not_finite_is_an_error_too()
    {
        using var log = new StepLog(state, new TrainerConfig(), folder.File("m"));
        log.Add(5, tensor(1f), tensor(float.PositiveInfinity), ["bad.gif"]);

        var error = Assert.Throws<TinySoraException>(() => log.Flush(null));

        Assert.Equal("TinySora.Training.NonFiniteLoss", error.Id);
        Assert.Contains("bad.gif", error.Message, StringComparison.Ordinal);
        Assert.Contains("Nothing was saved yet", error.Advice, StringComparison.Ordinal);
    }
}
