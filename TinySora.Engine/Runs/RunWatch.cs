using TinySora.Engine.Files;
using TinySora.Engine.Runs.Queue;
using TinySora.Engine.Training.Requests;

namespace TinySora.Engine.Runs;

/// <summary>Watches runs in this or other processes until all of them have ended.</summary>
public static class RunWatch
{
    /// <summary>
    /// Yields the state of all runs, then repeatedly the state of the runs that were still active, until all runs have ended. A run whose folder is removed,
    /// as when a waiting run is stopped, counts as canceled.
    /// </summary>
    /// <param name="folders">The results folders of the runs.</param>
    /// <exception cref="OperationCanceledException">The runs continue.</exception>
    public static IEnumerable<IReadOnlyList<TrainingRun>> Poll(IReadOnlyList<string> folders, TimeSpan interval, CancellationToken cancellation)
    {
        for (var left = folders; left.Count > 0;)
        {
            var queue = new QueueSnapshot(QueueFolder.Mine);
            IReadOnlyList<TrainingRun> runs = [.. left.Select(folder =>
                TrainingRun.Find(folder, queue)
                    ?? new TrainingRun { ResultsPath = folder, State = Directory.Exists(folder) ? RunState.Starting : RunState.Cancelled })];
            yield return runs;
            left = [.. runs.Where(run => !run.HasEnded).Select(run => run.ResultsPath)];
            ProcessScheduler.Wait(left.Count > 0 ? interval : TimeSpan.Zero, cancellation);
            cancellation.ThrowIfCancellationRequested();
        }
    }
}
