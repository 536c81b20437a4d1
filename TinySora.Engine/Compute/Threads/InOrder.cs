namespace TinySora.Engine.Compute.Threads;

/// <summary>Works on several items at once and gives the results in the order of the items.</summary>
internal static class InOrder
{
    /// <summary>The most memory in bytes of all items that are worked on at once.</summary>
    private const long BytesTogether = 1L << 30;

    /// <summary>The number of items begun ahead of their turn for each one worked on, so that a slow item holds up few.</summary>
    private const int Ahead = 4;

    /// <summary>How many items to work on at once: one per thread, fewer of large ones.</summary>
    /// <param name="bytes">Memory that one takes.</param>
    public static int AtOnce(long bytes) => (int)Math.Clamp(BytesTogether / Math.Max(bytes, 1), 1, EngineThread.ThreadCount());

    /// <summary>
    /// Works while the result is enumerated, a few items ahead of it. An item's exception is thrown in its turn. Who has enough,
    /// or cancels, waits for the items that are being worked on and for no others.
    /// </summary>
    /// <param name="work">Is called on other threads; its token asks it to end early.</param>
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
            // Nobody wants the rest; ffmpeg must not outlive the caller.
            stop.Cancel();
            ((Task)Task.WhenAll(ahead)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing).GetAwaiter().GetResult();
        }
    }
}

/// <summary>The progress of work on many items; reported from any thread.</summary>
/// <param name="Item">The item just done.</param>
public sealed record ItemProgress(int Done, int Total, string Item);
