using System.Diagnostics;
using TorchSharp;

namespace TinySora.Engine.Compute.Threads;

/// <summary>
/// Adapts the number of threads of long-running CPU work to the number of free cores, which is measured between steps. Two measurements must agree, so a
/// short load from other programs changes nothing.
/// </summary>
/// <param name="look">Function that returns the number of free cores; <c>null</c> to measure it.</param>
/// <param name="clock">Time source; <c>null</c> for the system clock.</param>
internal sealed class ThreadTuner(Func<double>? look = null, TimeProvider? clock = null)
{
    /// <summary>Time between measurements. A measurement of 60 ms takes 0.3% of it.</summary>
    internal static readonly TimeSpan Interval = TimeSpan.FromSeconds(20);

    /// <summary>Time until a measurement is repeated to confirm a change.</summary>
    internal static readonly TimeSpan Confirmation = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Fraction of a core that must be lost before a thread is removed. It is higher than the fraction that prevents adding a thread (<see
    /// cref="FreeCores.Round"/>); between the two, nothing changes.
    /// </summary>
    private const double Lost = 0.4;

    private readonly Func<double> look = look ?? (() => FreeCores.Measure(Environment.ProcessorCount));
    private readonly TimeProvider clock = clock ?? TimeProvider.System;
    private long looked = (clock ?? TimeProvider.System).GetTimestamp();
    private int? candidate;

    /// <summary>Counts the free cores if a measurement is due, and adjusts libtorch's number of threads. Must be called on the computing thread.</summary>
    /// <returns>A message with the change and its reason; <c>null</c> if nothing changed.</returns>
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
            $"{EngineThread.FormatThreads(wanted)} instead of {current}: {cores:0.0} of {Environment.ProcessorCount} cores are free");
    }

    internal static int Wanted(int current, double cores, int processors) =>
        FreeCores.Round(cores, processors) is var free && (free > current || cores < current - Lost) ? free : current;
}

/// <summary>
/// Measures how many CPU cores this process can actually use. Threads wait for each other at the end of every operation, so two threads on a machine with
/// one free core are far slower than one.
/// </summary>
internal static class FreeCores
{
    /// <summary>Duration of a measurement: long compared with a scheduler's time slices, but short compared with process startup.</summary>
    private static readonly TimeSpan Trial = TimeSpan.FromMilliseconds(60);

    private static readonly Lazy<int> Counted = new(() => Round(Measure(Environment.ProcessorCount), Environment.ProcessorCount));

    /// <summary>The number of whole cores that were free at the first call; at least 1.</summary>
    public static int Count => Counted.Value;

    /// <summary>
    /// Rounds the number of free cores. A core counts as busy if other programs use more than a quarter of it; a smaller loss may be due to the
    /// measurement itself.
    /// </summary>
    internal static int Round(double cores, int processors) => Math.Clamp((int)(cores + 0.25), 1, processors);

    /// <summary>Keeps a thread on every core busy for a moment, and measures how much CPU time the threads get.</summary>
    /// <returns>CPU seconds per second.</returns>
    internal static double Measure(int processors)
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
