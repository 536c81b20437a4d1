using System.Diagnostics;
using TorchSharp;

namespace TinySora.Engine.Compute.Threads;

/// <summary>
/// Adapts the number of threads of long work on the processor to the number of free cores, measured between its steps. Two
/// measurements must agree, so that a short load from other programs changes nothing.
/// </summary>
/// <param name="look">Counts the free cores; <c>null</c> for a trial.</param>
/// <param name="clock">The clock; <c>null</c> for the system's.</param>
internal sealed class ThreadTuner(Func<double>? look = null, TimeProvider? clock = null)
{
    /// <summary>The time between two measurements: a trial of 60 ms takes 0.3 % of it.</summary>
    internal static readonly TimeSpan Interval = TimeSpan.FromSeconds(20);

    /// <summary>The time until a measurement that differed is repeated.</summary>
    internal static readonly TimeSpan Confirmation = TimeSpan.FromSeconds(5);

    /// <summary>
    /// A thread is removed when this share of its core is lost. It exceeds the share that prevents adding one (<see cref="FreeCores.Round"/>): between the
    /// two nothing changes.
    /// </summary>
    private const double Lost = 0.4;

    private readonly Func<double> look = look ?? (() => FreeCores.Measure(Environment.ProcessorCount));
    private readonly TimeProvider clock = clock ?? TimeProvider.System;
    private long looked = (clock ?? TimeProvider.System).GetTimestamp();
    private int? candidate;

    /// <summary>Counts the free cores if it is time to, and sets libtorch's threads; must be called on the computing thread.</summary>
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
/// How many processor cores this process can really use. Threads that compete with other programs wait for each other at the end of
/// every operation: two on a machine with one free core are far slower than one.
/// </summary>
internal static class FreeCores
{
    /// <summary>Duration of the trial: long compared with a scheduler's time slices, short compared with the start of a process.</summary>
    private static readonly TimeSpan Trial = TimeSpan.FromMilliseconds(60);

    private static readonly Lazy<int> Counted = new(() => Round(Measure(Environment.ProcessorCount), Environment.ProcessorCount));

    /// <summary>The number of whole cores that were free at the first call; at least 1.</summary>
    public static int Count => Counted.Value;

    /// <summary>
    /// Rounds the number of free cores: a core counts as busy if other programs take a quarter of it, and as free if it lost a little
    /// to the measurement itself.
    /// </summary>
    internal static int Round(double cores, int processors) => Math.Clamp((int)(cores + 0.25), 1, processors);

    /// <summary>Keeps a thread on every core busy for a moment, and measures how much time the system gives them.</summary>
    /// <returns>Seconds of processor time per second.</returns>
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
