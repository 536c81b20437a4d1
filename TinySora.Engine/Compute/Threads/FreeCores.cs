using System.Diagnostics;

namespace TinySora.Engine.Compute.Threads;

/// <summary>
/// How many processor cores this process really gets. Threads that compete with other work wait for each other at the end of
/// every operation: two on a machine with one free core are far slower than one.
/// </summary>
internal static class FreeCores
{
    /// <summary>How long cores are tried: long against the turns that schedulers give, short against the start of a process.</summary>
    private static readonly TimeSpan Trial = TimeSpan.FromMilliseconds(60);

    private static readonly Lazy<int> Counted = new(() => Round(Try(Environment.ProcessorCount), Environment.ProcessorCount));

    /// <summary>The number of whole cores that were free when first asked; at least 1.</summary>
    public static int Count => Counted.Value;

    /// <summary>
    /// The number of free cores, rounded: a core of which other work takes a quarter is not free, and one that lost a little to the counting
    /// itself is.
    /// </summary>
    internal static int Round(double cores, int processors) => Math.Clamp((int)(cores + 0.25), 1, processors);

    /// <summary>Keeps a thread on every core busy for a moment, and measures how much time the system gave them.</summary>
    /// <returns>Seconds of processor time per second.</returns>
    internal static double Try(int processors)
    {
        using var process = Process.GetCurrentProcess();
        using var go = new ManualResetEventSlim();
        var clock = new Stopwatch();
        var threads = Enumerable.Range(0, processors).Select(_ => new Thread(() =>
        {
            go.Wait();
            while (clock.Elapsed < Trial)
            {
                Thread.SpinWait(100);
            }
        })).ToList();
        threads.ForEach(thread => thread.Start());

        var before = process.TotalProcessorTime;
        clock.Start();
        go.Set();
        threads.ForEach(thread => thread.Join());
        var elapsed = clock.Elapsed;
        process.Refresh();
        return (process.TotalProcessorTime - before) / elapsed;
    }
}
