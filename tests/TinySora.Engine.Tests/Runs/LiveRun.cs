using TinySora.Engine.Runs;
using TinySora.Engine.Tests.Training;
using TinySora.Engine.Training.Requests;
using TinySora.Engine.Training.Results;

namespace TinySora.Engine.Tests.Runs;

/// <summary>A run on another thread that continues until it is stopped.</summary>
internal sealed class LiveRun : IDisposable
{
    private readonly CancellationTokenSource stop = new();
    private readonly Task<TrainingResult> training;

    public LiveRun(TinyRun run, Func<TrainingRequest, TrainingRequest>? change = null)
    {
        training = Task.Run(() => run.Train(change, trainer => trainer with { TrainNumSteps = 1_000_000, SaveModelEvery = 1_000_000, KeepCheckpoints = 0 }, null, stop.Token));
        var folder = run.Results;
        while (RunStatus.Read(folder)?.State != RunState.Running)
        {
            Assert.False(training.IsCompleted, training.Exception?.ToString());
            Thread.Sleep(5);
        }
    }

    /// <summary>Waits for the run to end for another reason.</summary>
    public TrainingResult Result => training.GetAwaiter().GetResult();

    public void Dispose()
    {
        stop.Cancel();
        Result.ToString();
        stop.Dispose();
    }
}
