using System.Runtime.InteropServices;
using TinySora.Engine.Compute.Native;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;

namespace TinySora.Engine.Compute.Threads;

/// <summary>
/// The one thread on which all tensor work runs. OpenMP keeps a team of workers per calling thread and dispose scopes are
/// per thread, so work from many threads would compete and leak; here it queues. Leaving the process while a thread is
/// inside libtorch aborts it, hence the end of the process waits until the thread is idle.
/// </summary>
public static class EngineThread
{
    /// <summary>The environment variable that sets the number of threads; unset: every core that is free at the start.</summary>
    public const string ThreadsVariable = "TINYSORA_THREADS";

    private static readonly CancellationTokenSource Ending = new();
    private static readonly object Starting = new();

    /// <summary>The lanes of further GPUs by their numbers, from 1; to be used while <c>Starting</c> is locked.</summary>
    private static readonly Dictionary<int, EngineLane> Others = [];

    /// <summary>The number of threads that the caller asked for; it goes with the work from thread to thread.</summary>
    private static readonly AsyncLocal<int?> Asked = new();

    private static EngineLane? s_first;

    /// <summary>The registrations of signals, held here because one ends when it is collected.</summary>
    private static PosixSignalRegistration[]? s_signals;

    /// <summary>Cancelled when the process is asked to end (SIGTERM, Ctrl-C, return from Main): long work saves and returns.</summary>
    public static CancellationToken Stopping => Ending.Token;

    /// <summary>
    /// Runs <paramref name="work"/> on the engine thread and waits; its exception is thrown here with its own stack.
    /// On the engine thread itself it runs at once; on other threads that work there has started it is refused, for that may wait for them.
    /// </summary>
    /// <exception cref="TinySoraException">LibTorchMissing, ShuttingDown, BadThreadCount, WaitsForItself.</exception>
    public static T Run<T>(Func<T> work) => First().Run(work);

    /// <summary>
    /// Runs work on the thread of a lane and waits. Each number above 0 has a thread of its own, so that several GPUs work side by side: their
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
    /// Called by long work between its steps, outside any dispose scope: runs what others have queued meanwhile, a preview
    /// from another runspace for example, on this thread.
    /// </summary>
    public static void Yield() => Yield(TimeSpan.Zero);

    /// <summary>Runs queued work, and waits for it for the given time where there is none.</summary>
    public static void Yield(TimeSpan wait) => First().Yield(wait);

    /// <summary>Sets what the engine thread does before the process ends.</summary>
    internal static void AtEnd(Action work) => First().AtEnd = work;

    /// <summary>
    /// How many threads the caller, and what it calls, wants for the tensor work that follows; goes before <see cref="ThreadsVariable"/>. Null:
    /// it does not mind.
    /// </summary>
    public static int? FixedThreads
    {
        get => Asked.Value;
        set => Asked.Value = value;
    }

    /// <summary>Whether somebody has said how many threads there shall be, so that nobody else may choose.</summary>
    /// <exception cref="TinySoraException">BadThreadCount.</exception>
    internal static bool AreThreadsChosen => FixedThreads is not null || ChosenThreads() is not null;

    /// <exception cref="TinySoraException">BadThreadCount.</exception>
    public static int ThreadCount() => FixedThreads ?? LaneThreads();

    /// <summary>A number of threads in words, such as <c>2 threads</c>.</summary>
    public static string Words(int count) => count == 1 ? "1 thread" : FormattableString.Invariant($"{count} threads");

    public static string ThreadReason() => FixedThreads is not null ? "as was asked for"
        : ChosenThreads() is not null ? $"{ThreadsVariable} says so"
        : $"{FreeCores.Count} of {Environment.ProcessorCount} cores were free at the start";

    /// <summary>The number of threads of work that asks for none of its own.</summary>
    private static int LaneThreads() => ChosenThreads() ?? FreeCores.Count;

    private static int? ChosenThreads()
    {
        var text = Environment.GetEnvironmentVariable(ThreadsVariable);
        return string.IsNullOrWhiteSpace(text) ? null
            : int.TryParse(text, out var count) && count >= 1 ? count
            : throw RuntimeErrors.BadThreadCount(text);
    }

    /// <summary>Starts the thread; tried anew after a failure, since the libraries may have been installed meanwhile.</summary>
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
            // Which finds the libraries for all.
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

        // From .NET 10 on these signals end the process without ProcessExit. After the handler they still end it.
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
        OwnFolder.DeleteAll();
    }
}
