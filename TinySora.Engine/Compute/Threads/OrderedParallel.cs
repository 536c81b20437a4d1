namespace TinySora.Engine.Compute.Threads;

/// <summary>Processes items in parallel and returns the results in the order of the items.</summary>
internal static class OrderedParallel
{
    /// <summary>Maximum memory in bytes for all items in progress.</summary>
    private const long BytesTogether = 1L << 30;

    /// <summary>
    /// Number of items to start ahead of the enumeration, as a multiple of the number of items in progress. One slow item then delays only a few others.
    /// </summary>
    private const int Ahead = 4;

    /// <summary>Returns the number of items to process in parallel: one per thread, or fewer if the items are large.</summary>
    /// <param name="bytes">Memory in bytes that one item takes.</param>
    public static int GetConcurrency(long bytes) => (int)Math.Clamp(BytesTogether / Math.Max(bytes, 1), 1, EngineThread.ThreadCount());

    /// <summary>
    /// Processes items slightly ahead of the enumeration of the results. An item's exception is thrown when the enumeration reaches that item. Ending the
    /// enumeration early, or canceling it, waits only for items in progress.
    /// </summary>
    /// <param name="work">Function that processes an item, called on other threads. The token that it receives requests an early end.</param>
    public static IEnumerable<TResult> Select<T, TResult>(
        IEnumerable<T> items, int atOnce, Func<T, CancellationToken, TResult> work, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var tasks = new TaskFactory(
            stop.Token, TaskCreationOptions.None, TaskContinuationOptions.None,
            new ConcurrentExclusiveSchedulerPair(TaskScheduler.Default, atOnce).ConcurrentScheduler);
        var ahead = new Queue<Task<TResult>>();
        using var coming = items.GetEnumerator();
        try
        {
            while (true)
            {
                while (ahead.Count < Ahead * atOnce && coming.MoveNext())
                {
                    var item = coming.Current;
                    ahead.Enqueue(tasks.StartNew(() => work(item, stop.Token)));
                }

                cancellationToken.ThrowIfCancellationRequested();
                if (!ahead.TryDequeue(out var next))
                {
                    yield break;
                }

                yield return next.GetAwaiter().GetResult();
            }
        }
        finally
        {
            // The remaining items are not needed, and ffmpeg must not outlive the caller.
            stop.Cancel();
            ((Task)Task.WhenAll(ahead)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing).GetAwaiter().GetResult();
        }
    }
}

/// <summary>Progress of work on many items. It can be reported from any thread.</summary>
/// <param name="Item">Item that was just completed.</param>
public sealed record ItemProgress(int Done, int Total, string Item);
