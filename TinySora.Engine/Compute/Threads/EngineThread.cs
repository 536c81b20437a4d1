using System.Runtime.InteropServices;
using TinySora.Engine.Compute.Native;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;

namespace TinySora.Engine.Compute.Threads;

/// <summary>
/// The single thread that runs all tensor work. OpenMP keeps a team of workers per calling thread and dispose scopes are
/// per thread, so work from many threads would compete and leak; here it queues. Exiting while a thread is
/// inside libtorch aborts the process, so the exit waits until the thread is idle.
/// </summary>
public static class EngineThread
{
    /// <summary>Environment variable with the number of threads; if unset, every core that is free at the start.</summary>
    public const string ThreadsVariable = "TINYSORA_THREADS";

    private static readonly CancellationTokenSource Ending = new();
    private static readonly object Starting = new();

    /// <summary>The lanes of further GPUs by number, from 1; access requires a lock on <c>Starting</c>.</summary>
    private static readonly Dictionary<int, EngineLane> Others = [];

    /// <summary>The number of threads that the caller requested; flows with the work from thread to thread.</summary>
    private static readonly AsyncLocal<int?> RequestedThreads = new();

    private static EngineLane? s_first;

    /// <summary>The signal registrations, held because a collected registration is cancelled.</summary>
    private static PosixSignalRegistration[]? s_signals;

    /// <summary>Cancelled when the process is asked to exit (SIGTERM, Ctrl+C, return from Main): long work saves and returns.</summary>
    public static CancellationToken Stopping => Ending.Token;

    /// <summary>
    /// Runs <paramref name="work"/> on the engine thread and waits; its exception is rethrown here with its original stack.
    /// On the engine thread itself the work runs immediately. Threads started by work on the engine thread are refused, because that work may wait for them.
    /// </summary>
    /// <exception cref="TinySoraException">LibTorchMissing, ShuttingDown, BadThreadCount, WaitsForItself.</exception>
    public static T Run<T>(Func<T> work) => First().Run(work);

    /// <summary>
    /// Runs work on the thread of a lane and waits. Each number above 0 has its own thread, so that several GPUs work in parallel: their
    /// threads mostly wait.
    /// </summary>
    internal static T Run<T>(int lane, Func<T> work) => lane == 0 ? Run(work) : Other(lane).Run(work);

    /// <inheritdoc cref="Run{T}(Func{T})"/>
    public static void Run(Action work) => Run(() =>
    {
        work();
        return true;
    });

    /// <summary>
    /// Runs work that was queued meanwhile, such as a preview from another runspace, on this thread. Long work calls this
    /// between its steps, outside any dispose scope.
    /// </summary>
    public static void Yield() => Yield(TimeSpan.Zero);

    /// <summary>Runs queued work; if there is none, waits for it up to the given time.</summary>
    public static void Yield(TimeSpan wait) => First().Yield(wait);

    /// <summary>Sets the action that the engine thread runs before the process exits.</summary>
    internal static void OnExit(Action work) => First().OnExit = work;

    /// <summary>
    /// The number of threads that the caller and its callees request for further tensor work; overrides <see cref="ThreadsVariable"/>.
    /// <c>null</c> if they do not request one.
    /// </summary>
    public static int? FixedThreads
    {
        get => RequestedThreads.Value;
        set => RequestedThreads.Value = value;
    }

    /// <summary>Whether the user has set the number of threads, so that it is not chosen automatically.</summary>
    /// <exception cref="TinySoraException">BadThreadCount.</exception>
    internal static bool HasExplicitThreadCount => FixedThreads is not null || ChosenThreads() is not null;

    /// <exception cref="TinySoraException">BadThreadCount.</exception>
    public static int ThreadCount() => FixedThreads ?? LaneThreads();

    /// <summary>Formats a number of threads, such as <c>2 threads</c>.</summary>
    public static string FormatThreads(int count) => count == 1 ? "1 thread" : FormattableString.Invariant($"{count} threads");

    public static string GetThreadCountReason() => FixedThreads is not null ? "as requested"
        : ChosenThreads() is not null ? $"set by {ThreadsVariable}"
        : $"{FreeCores.Count} of {Environment.ProcessorCount} cores were free at the start";

    /// <summary>The number of threads for work that does not request its own.</summary>
    private static int LaneThreads() => ChosenThreads() ?? FreeCores.Count;

    private static int? ChosenThreads()
    {
        var text = Environment.GetEnvironmentVariable(ThreadsVariable);
        return string.IsNullOrWhiteSpace(text) ? null
            : int.TryParse(text, out var count) && count >= 1 ? count
            : throw RuntimeErrors.BadThreadCount(text);
    }

    /// <summary>Starts the thread if necessary; retries after a failure, because the libraries may have been installed meanwhile.</summary>
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
            // Finds the libraries for all lanes.
            First();
            return Others.TryGetValue(number, out var lane) ? lane : Others[number] = new EngineLane(LaneThreads(), $"TinySora engine {number + 1}");
        }
    }

    private static EngineLane Start()
    {
        NativeLoading.Prepare();
        var lane = new EngineLane(LaneThreads(), "TinySora engine");
        AppDomain.CurrentDomain.ProcessExit += (_, _) =>
        {
            Drain(lane);
            lane.End();
        };

        // Since .NET 10 these signals end the process without ProcessExit. They still end it after the handler.
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
        PrivateTempFolder.DeleteAll();
    }
}
