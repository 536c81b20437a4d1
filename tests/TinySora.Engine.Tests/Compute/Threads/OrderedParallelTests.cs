using TinySora.Engine.Compute.Threads;

namespace TinySora.Engine.Tests.Compute.Threads;

public sealed class OrderedParallelTests
{
    private int now, most, begun;

    [Fact]
    public void Results_keep_the_order_of_the_items()
    {
        Assert.Equal(Enumerable.Range(0, 100).Select(i => 2 * i), Work(100, 4, i => i % 7 == 0 ? 5 : 0));
        Assert.Empty(Work(0, 4));
    }

    [Fact]
    public void Items_in_progress_and_ahead_are_limited()
    {
        // The first item waits for a second.
        foreach (var result in Work(60, 3, i => i > 0 || SpinWait.SpinUntil(() => Volatile.Read(ref most) >= 2, TimeSpan.FromMinutes(1)) ? 1 : 0))
        {
            Assert.InRange(Volatile.Read(ref begun), 1, (result / 2) + 1 + (4 * 3));
        }

        Assert.InRange(most, 2, 3);
        most = 0;
        Assert.Equal(20, Work(20, 1).Count());
        Assert.Equal(1, most);
    }

    [Fact]
    public void An_exception_is_thrown_unchanged_in_the_turn_of_its_item()
    {
        var seen = new List<int>();

        var error = Assert.Throws<InvalidDataException>(() =>
        {
            foreach (var result in OrderedParallel.Select(Enumerable.Range(0, 50), 4, (i, _) => i == 9 ? throw new InvalidDataException("nine") : i, default))
            {
                seen.Add(result);
            }
        });

        Assert.Equal("nine", error.Message);
        Assert.Equal(Enumerable.Range(0, 9), seen);
    }

    [Fact]
    public void Ending_early_waits_for_items_in_progress_and_starts_no_others()
    {
        Assert.Equal([0, 2], Work(1000, 2, _ => 1).Take(2));

        Assert.Equal(0, now);
        Assert.InRange(begun, 2, 2 + (4 * 2));
    }

    [Fact]
    public void Cancelling_stops_the_work_and_throws()
    {
        using var stop = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() =>
        {
            foreach (var i in OrderedParallel.Select(Enumerable.Range(0, 1000), 2, Wait, stop.Token))
            {
                stop.Cancel();
            }
        });

        static int Wait(int item, CancellationToken cancellationToken)
        {
            // Only the token ends this work.
            Assert.True(item == 0 || cancellationToken.WaitHandle.WaitOne(TimeSpan.FromMinutes(1)));
            return item;
        }
    }

    [Fact]
    public void Fewer_large_items_are_in_progress()
    {
        Assert.Equal(EngineThread.ThreadCount(), OrderedParallel.GetConcurrency(0));
        Assert.Equal(1, OrderedParallel.GetConcurrency(1L << 40));
    }

    private IEnumerable<int> Work(int count, int atOnce, Func<int, int>? milliseconds = null) =>
        OrderedParallel.Select(Enumerable.Range(0, count), atOnce, (i, _) =>
        {
            Interlocked.Increment(ref begun);
            var running = Interlocked.Increment(ref now);
            lock (this)
            {
                most = Math.Max(most, running);
            }

            Thread.Sleep(milliseconds?.Invoke(i) ?? 0);
            Interlocked.Decrement(ref now);
            return 2 * i;
        }, default);
}
