using System.Diagnostics;
using TorchSharp;

namespace TinySora.Engine.Compute.Threads;

/// <summary>
/// Looks again and again, between the steps of long work on the processor, how many cores are free, and gives the work as many threads. Two
/// looks must agree, so that what others do for a moment changes nothing.
/// </summary>
/// <param name="look">Counts the free cores; null: by trial.</param>
/// <param name="clock">What tells the time.</param>
internal sealed class ThreadTuner(Func<double>? look = null, TimeProvider? clock = null)
{
    /// <summary>The time between two looks: a trial of 60 ms then takes 0.3 % of it.</summary>
    internal static readonly TimeSpan Interval = TimeSpan.FromSeconds(20);

    /// <summary>The time until a look that differed is repeated.</summary>
    internal static readonly TimeSpan Confirmation = TimeSpan.FromSeconds(5);

    /// <summary>
    /// A thread goes when this much of its core is gone. More than what keeps one from coming (<see cref="FreeCores.Round"/>): between the two
    /// everything stays as it is.
    /// </summary>
    private const double Lost = 0.4;

    private readonly Func<double> look = look ?? (() => FreeCores.Try(Environment.ProcessorCount));
    private readonly TimeProvider clock = clock ?? TimeProvider.System;
    private long looked = (clock ?? TimeProvider.System).GetTimestamp();
    private int? candidate;

    /// <summary>Counts the free cores, if it is time to, and sets libtorch's threads; to be called on the thread that computes.</summary>
    /// <returns>What was done and why, for people; null: nothing.</returns>
    public string? Tune()
    {
        if (clock.GetElapsedTime(looked) < (candidate is null ? Interval : Confirmation))
        {
            return null;
        }

        var cores = look();
        looked = clock.GetTimestamp();
        var current = torch.get_num_threads();
        var wanted = Wanted(current, cores, Environment.ProcessorCount);
        if (wanted == current || wanted != candidate)
        {
            candidate = wanted == current ? null : wanted;
            return null;
        }

        candidate = null;
        torch.set_num_threads(wanted);
        return FormattableString.Invariant(
            $"{EngineThread.Words(wanted)} in place of {current}: {cores:0.0} of {Environment.ProcessorCount} cores are free");
    }

    internal static int Wanted(int current, double cores, int processors) =>
        FreeCores.Round(cores, processors) is var free && (free > current || cores < current - Lost) ? free : current;
}

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
