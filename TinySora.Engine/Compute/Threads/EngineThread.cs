using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using TinySora.Engine.Compute.Native;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;
using TinySora.Engine.Formats;

namespace TinySora.Engine.Compute.Threads;

/// <summary>
/// The single thread that runs all tensor work, from a queue. OpenMP keeps a team of workers for each calling thread, and dispose scopes are per thread, so
/// work on many threads would compete for cores and leak memory. Exiting while a thread is inside libtorch aborts the process, so the exit waits until the
/// thread is idle.
/// </summary>
public static class EngineThread
{
    /// <summary>Environment variable with the number of threads. If it is not set, there is one thread for each core that is free at startup.</summary>
    public const string ThreadsVariable = "TINYSORA_THREADS";

    private static readonly CancellationTokenSource Ending = new();
    private static readonly object Starting = new();

    /// <summary>Lanes for additional GPUs by number, from 1. Access requires a lock on <c>Starting</c>.</summary>
    private static readonly Dictionary<int, EngineLane> Others = [];

    /// <summary>Number of threads that the caller requested. The value flows with the work from thread to thread.</summary>
    private static readonly AsyncLocal<int?> RequestedThreads = new();

    /// <summary>Maximum time for which <see cref="DelayEnd"/> delays the end of the process.</summary>
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(10);

    /// <summary>Tasks that the end of the process waits for.</summary>
    private static readonly ConcurrentDictionary<Task, bool> Delaying = [];

    private static EngineLane? s_first;

    /// <summary>Signal registrations, referenced here because a registration is canceled when it is garbage-collected.</summary>
    private static PosixSignalRegistration[]? s_signals;

    /// <summary>Token that is canceled when the process must exit (SIGTERM, Ctrl+C, return from Main). Long work then saves and returns.</summary>
    public static CancellationToken Stopping => Ending.Token;

    /// <summary>
    /// Runs <paramref name="work"/> on the engine thread and waits for it. An exception is rethrown with its original stack. A call on the engine thread
    /// itself runs the work immediately. Calls from threads that engine work has started are rejected, because that work may be waiting for them.
    /// </summary>
    /// <exception cref="TinySoraException">LibTorchMissing, ShuttingDown, BadThreadCount, WaitsForItself.</exception>
    public static T Run<T>(Func<T> work) => First().Run(work);

    /// <summary>
    /// Runs work on the thread of a lane and waits for it. Each lane above 0 has its own thread, so several GPUs can work in parallel. These threads mostly
    /// wait for their GPUs.
    /// </summary>
    /// <inheritdoc cref="EngineLane.Run"/>
    internal static T Run<T>(int lane, Func<T> work, int? threads = null) => (lane == 0 ? First() : Other(lane)).Run(work, threads);

    /// <inheritdoc cref="Run{T}(Func{T})"/>
    public static void Run(Action work) => Run(() =>
    {
        work();
        return true;
    });

    /// <summary>
    /// Runs work that other threads have queued in the meantime, such as a preview from another runspace, on the calling thread. Long work calls this method
    /// between its steps, outside of any dispose scope.
    /// </summary>
    public static void Yield() => Yield(TimeSpan.Zero);

    /// <summary>Runs queued work on the calling thread. If there is none, waits for work, but at most for the given time.</summary>
    public static void Yield(TimeSpan wait) => First().Yield(wait);

    /// <summary>
    /// Runs work that reports the result of engine work, such as a summary of a run. If a signal ends the process meanwhile, the process ends after this
    /// work, but at most ten seconds after the engine thread is idle.
    /// </summary>
    public static void DelayEnd(Action work)
    {
        var task = new Task(work);
        Delaying.TryAdd(task, true);
        task.RunSynchronously(TaskScheduler.Default);
        Delaying.TryRemove(task, out _);
        task.GetAwaiter().GetResult();
    }

    /// <summary>Sets the action that the engine thread runs before the process exits.</summary>
    internal static void OnExit(Action work) => First().OnExit = work;

    /// <summary>
    /// Number of threads that the caller requests for its own tensor work and that of the methods it calls; <c>null</c> if it requests no number.
    /// Overrides <see cref="ThreadsVariable"/>.
    /// </summary>
    public static int? FixedThreads
    {
        get => RequestedThreads.Value;
        set => RequestedThreads.Value = value;
    }

    /// <summary>Whether the user has set the number of threads; otherwise it is chosen automatically.</summary>
    /// <exception cref="TinySoraException">BadThreadCount.</exception>
    internal static bool HasExplicitThreadCount => FixedThreads is not null || ChosenThreads() is not null;

    /// <exception cref="TinySoraException">BadThreadCount.</exception>
    public static int ThreadCount() => FixedThreads ?? LaneThreads();

    /// <summary>Formats a number of threads, such as <c>2 threads</c>.</summary>
    public static string FormatThreads(int count) => Plural.Count(count, "thread");

    public static string GetThreadCountReason() => FixedThreads is not null ? "as requested"
        : ChosenThreads() is not null ? $"set by {ThreadsVariable}"
        : $"{FreeCores.Count} of {Environment.ProcessorCount} cores were free at startup";

    /// <summary>Returns the number of threads for work that does not request a number.</summary>
    private static int LaneThreads() => ChosenThreads() ?? FreeCores.Count;

    private static int? ChosenThreads()
    {
        var text = Environment.GetEnvironmentVariable(ThreadsVariable);
        return string.IsNullOrWhiteSpace(text) ? null
            : int.TryParse(text, out var count) && count >= 1 ? count
            : throw RuntimeErrors.BadThreadCount(text);
    }

    /// <summary>
    /// Returns lane 0, and starts it if necessary. A call after a failure tries again, because the libraries may have been installed by then.
    /// </summary>
    private static EngineLane First()
    {
        lock (Starting)
        {
            return s_first ??= Start();
        }
    }

    private static EngineLane Other(int number)
    {
        lock (Starting)
        {
            // Starting lane 0 finds the native libraries for all lanes.
            First();
            return Others.TryGetValue(number, out var lane) ? lane : Others[number] = new EngineLane(LaneThreads(), $"TinySora engine {number + 1}");
        }
    }

    private static EngineLane Start()
    {
        NativeLoading.Prepare();
        var lane = new EngineLane(LaneThreads(), "TinySora engine");
        lane.Run(() =>
        {
            ConvolutionBackends.Choose();
            return true;
        });
        AppDomain.CurrentDomain.ProcessExit += (_, _) =>
        {
            Drain(lane);
            lane.End();
        };

        // Since .NET 10, these signals end the process without raising ProcessExit. They still end it after the handler returns.
        s_signals = [.. new[] { PosixSignal.SIGTERM, PosixSignal.SIGHUP }
            .Select(signal => PosixSignalRegistration.Create(signal, _ => Drain(lane)))];
        return lane;
    }

    private static void Drain(EngineLane first)
    {
        Ending.Cancel();
        first.Drain();
        List<EngineLane> others;
        lock (Starting)
        {
            others = [.. Others.Values];
        }

        others.ForEach(other => other.Drain());
        Task.WhenAll(Delaying.Keys).ContinueWith(_ => { }, TaskScheduler.Default).Wait(LongestDelay);
        PrivateTempFolder.DeleteAll();
    }
}
