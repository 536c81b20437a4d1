namespace TinySora.Engine.Runs.Queue;

/// <summary>The queue as one look finds it, for whoever asks about many runs: its files are read once, when the first one is asked about.</summary>
internal sealed class QueueLook
{
    private readonly Lazy<IReadOnlyList<QueuedRun>> runs;
    private readonly Lazy<List<string>> waiting;

    public QueueLook(QueueFolder queue)
    {
        runs = new(queue.Runs);
        waiting = new(() => [.. runs.Value.Where(run => !queue.IsAtWork(run)).Select(run => run.Id)]);
    }

    /// <summary>All runs in the order of their turns.</summary>
    public IReadOnlyList<QueuedRun> Runs => runs.Value;

    /// <summary>The run of a results folder; null: it is not in the queue.</summary>
    public QueuedRun? Find(string resultsPath)
    {
        var folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(resultsPath));
        return Runs.FirstOrDefault(run => run.ResultsPath == folder);
    }

    /// <summary>The place of a run among those that wait, 1 the next to begin; null: it does not wait.</summary>
    public int? PositionOf(QueuedRun run) => waiting.Value.IndexOf(run.Id) is >= 0 and var index ? index + 1 : null;
}
