using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using TinySora.Engine.Errors;
using TorchSharp;

namespace TinySora.Engine.Training;

/// <summary>
/// The one thread on which all tensor work runs. OpenMP keeps a team of workers per calling thread and dispose scopes are
/// per thread, so work from many threads would compete and leak; here it queues. Leaving the process while a thread is
/// inside libtorch aborts it, hence the end of the process waits until the thread is idle.
/// </summary>
public static class EngineThread
{
    /// <summary>The environment variable that sets the number of threads; unset: every core that is free at the start.</summary>
    public const string ThreadsVariable = "TINYSORA_THREADS";

    private const int StackBytes = 16 << 20;

    private static readonly BlockingCollection<Action> Queue = [];
    private static readonly CancellationTokenSource Ending = new();
    private static readonly Lazy<Thread> Worker = new(Start);

    /// <summary>Held here, because a registration ends when it is collected.</summary>
    private static PosixSignalRegistration[]? signals;

    /// <summary>Cancelled when the process is asked to end (SIGTERM, Ctrl-C, return from Main): long work saves and returns.</summary>
    public static CancellationToken Stopping => Ending.Token;

    /// <summary>
    /// Runs <paramref name="work"/> on the engine thread and waits; its exception is thrown here with its own stack.
    /// On the engine thread itself it runs at once.
    /// </summary>
    /// <exception cref="TinySoraException">LibTorchMissing, ShuttingDown, BadThreadCount.</exception>
    public static T Run<T>(Func<T> work)
    {
        ArgumentNullException.ThrowIfNull(work);
        if (Thread.CurrentThread == Worker.Value)
        {
            return work();
        }

        using var done = new ManualResetEventSlim();
        T result = default!;
        ExceptionDispatchInfo? failure = null;
        Enqueue(() =>
        {
            try
            {
                result = work();
            }
            catch (Exception e)
            {
                failure = ExceptionDispatchInfo.Capture(e);
            }
            finally
            {
                done.Set();
            }
        });
        done.Wait();
        failure?.Throw();
        return result;
    }

    /// <inheritdoc cref="Run{T}"/>
    public static void Run(Action work) => Run(() =>
    {
        work();
        return true;
    });

    /// <summary>
    /// Called by long work between its steps, outside any dispose scope: runs what others have queued meanwhile, a preview
    /// from another runspace for example, on this thread.
    /// </summary>
    public static void Yield()
    {
        while (Queue.TryTake(out var work))
        {
            work();
        }
    }

    /// <summary>Likewise, waiting so long for work where there is none.</summary>
    public static void Yield(TimeSpan wait)
    {
        if (Queue.TryTake(out var work, wait))
        {
            work();
            Yield();
        }
    }

    /// <summary>The number of threads that tensor work uses.</summary>
    /// <exception cref="TinySoraException">BadThreadCount.</exception>
    public static int ThreadCount() => ChosenThreads() ?? FreeCores.Count;

    /// <summary>Why there are so many.</summary>
    public static string ThreadReason() => ChosenThreads() is not null
        ? $"{ThreadsVariable} says so"
        : $"{FreeCores.Count} of {Environment.ProcessorCount} cores were free at the start";

    private static int? ChosenThreads()
    {
        var text = Environment.GetEnvironmentVariable(ThreadsVariable);
        return string.IsNullOrWhiteSpace(text) ? null
            : int.TryParse(text, out var count) && count >= 1 ? count
            : throw RuntimeErrors.BadThreadCount(text);
    }

    private static Thread Start()
    {
        var threads = ThreadCount();
        using var ready = new ManualResetEventSlim();
        ExceptionDispatchInfo? failure = null;

        // A background thread, so that it keeps no process alive; Drain keeps it from being cut off in the middle.
        var thread = new Thread(() =>
        {
            try
            {
                // libtorch comes up with one thread on some machines, and OpenMP counts per calling thread.
                torch.set_num_threads(threads);
            }
            catch (Exception e)
            {
                // The first call into libtorch: whatever it throws means that the library is not there or not complete.
                failure = ExceptionDispatchInfo.Capture(RuntimeErrors.LibTorchMissing(TorchBuild.Flavor, e));
                return;
            }
            finally
            {
                ready.Set();
            }

            foreach (var work in Queue.GetConsumingEnumerable())
            {
                work();
            }
        }, StackBytes) { IsBackground = true, Name = "TinySora engine" };
        thread.Start();
        ready.Wait();
        failure?.Throw();
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Drain(thread);

        // From .NET 10 on these signals end the process without ProcessExit. After the handler they still end it.
        signals = [.. new[] { PosixSignal.SIGTERM, PosixSignal.SIGHUP }
            .Select(signal => PosixSignalRegistration.Create(signal, _ => Drain(thread)))];
        return thread;
    }

    private static void Enqueue(Action work)
    {
        try
        {
            Queue.Add(work);
        }
        catch (InvalidOperationException) when (Queue.IsAddingCompleted)
        {
            throw RuntimeErrors.ShuttingDown();
        }
    }

    private static void Drain(Thread thread)
    {
        Ending.Cancel();
        Queue.CompleteAdding();
        if (Thread.CurrentThread != thread)
        {
            thread.Join();
        }
    }
}
