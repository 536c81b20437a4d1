namespace TinySora.Engine.Runs.Queue;

/// <summary>A snapshot of the queue for queries about many runs; the files are read once, on first use.</summary>
internal sealed class QueueSnapshot
{
    private readonly Lazy<IReadOnlyList<QueuedRun>> runs;
    private readonly Lazy<List<string>> waiting;

    public QueueSnapshot(QueueFolder queue)
    {
        runs = new(queue.Runs);
        waiting = new(() => [.. runs.Value.Where(run => !queue.IsAtWork(run)).Select(run => run.Id)]);
    }

    /// <summary>All runs in queue order.</summary>
    public IReadOnlyList<QueuedRun> Runs => runs.Value;

    /// <summary>Returns the run of a results folder; <c>null</c> if it is not in the queue.</summary>
    public QueuedRun? Find(string resultsPath) => Runs.FirstOrDefault(run => run.IsIn(resultsPath));

    /// <summary>Returns the position of a run among the waiting runs, 1 for the next to start; <c>null</c> if the run is not waiting.</summary>
    public int? PositionOf(QueuedRun run) => waiting.Value.IndexOf(run.Id) is >= 0 and var index ? index + 1 : null;
}
