namespace TinySora.Engine.Compute.Threads;

/// <summary>Processes items in parallel and returns the results in the order of the items.</summary>
internal static class OrderedParallel
{
    /// <summary>Maximum memory in bytes of all items in progress.</summary>
    private const long BytesTogether = 1L << 30;

    /// <summary>Number of items started ahead of their turn per item in progress, so that a slow item holds up only a few.</summary>
    private const int Ahead = 4;

    /// <summary>Returns how many items to process in parallel: one per thread, fewer if they are large.</summary>
    /// <param name="bytes">Memory that one item takes.</param>
    public static int GetConcurrency(long bytes) => (int)Math.Clamp(BytesTogether / Math.Max(bytes, 1), 1, EngineThread.ThreadCount());

    /// <summary>
    /// Processes items while the result is enumerated, a few ahead of it. An item's exception is thrown in its turn. Ending the enumeration
    /// early, or cancelling, waits only for items in progress.
    /// </summary>
    /// <param name="work">Called on other threads; its token requests an early end.</param>
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
            // The rest is not needed; ffmpeg must not outlive the caller.
            stop.Cancel();
            ((Task)Task.WhenAll(ahead)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing).GetAwaiter().GetResult();
        }
    }
}

/// <summary>Progress of work on many items; reported from any thread.</summary>
/// <param name="Item">The item just completed.</param>
public sealed record ItemProgress(int Done, int Total, string Item);
