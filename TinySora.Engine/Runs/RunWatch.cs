using TinySora.Engine.Errors;
using TinySora.Engine.Files;
using TinySora.Engine.Runs.Queue;

namespace TinySora.Engine.Runs;

/// <summary>Looks at runs, of this process or others, until all have ended.</summary>
public static class RunWatch
{
    /// <summary>Looks at runs again and again: first at all, then at those that had not ended at the look before, until all have.</summary>
    /// <param name="folders">Their results folders.</param>
    /// <exception cref="TinySoraException">NoRun: a folder was removed meanwhile.</exception>
    /// <exception cref="OperationCanceledException">The runs go on all the same.</exception>
    public static IEnumerable<IReadOnlyList<TrainingRun>> Looks(IReadOnlyList<string> folders, TimeSpan interval, CancellationToken cancellation)
    {
        for (var left = folders; left.Count > 0;)
        {
            var queue = new QueueLook(QueueFolder.Mine);
            IReadOnlyList<TrainingRun> runs = [.. left.Select(folder => TrainingRun.List(folder, queue)[0])];
            yield return runs;
            left = [.. runs.Where(run => !run.HasEnded).Select(run => run.ResultsPath)];
            Moment.Wait(left.Count > 0 ? interval : TimeSpan.Zero, cancellation);
            cancellation.ThrowIfCancellationRequested();
        }
    }
}
