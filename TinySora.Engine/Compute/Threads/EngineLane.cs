using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using TinySora.Engine.Compute.Native;
using TinySora.Engine.Errors;
using TorchSharp;

namespace TinySora.Engine.Compute.Threads;

/// <summary>A thread for tensor work, which queues there. See <see cref="EngineThread"/>.</summary>
internal sealed class EngineLane
{
    private const int StackBytes = 16 << 20;

    /// <summary>How long memory is kept for work to come. Prompts that are typed and clips of a table follow each other sooner.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);

    /// <summary>
    /// What a lane is doing. It goes along with whatever that work starts on other threads, and so tells work of which the lane may be waiting
    /// for the end.
    /// </summary>
    private static readonly AsyncLocal<(EngineLane Lane, string Work)?> Beginning = new();

    private readonly BlockingCollection<Action> queue = [];
    private readonly Thread thread;
    private readonly ManualResetEventSlim idle = new();
    private readonly int own;

    /// <summary>Done on the thread when it has no more work to come.</summary>
    public Action? AtEnd { get; set; }

    /// <exception cref="TinySoraException">LibTorchMissing.</exception>
    public EngineLane(int threads, string name)
    {
        own = threads;
        using var ready = new ManualResetEventSlim();
        ExceptionDispatchInfo? failure = null;

        // A background thread, so that it keeps no process alive; Drain keeps it from being cut off in the middle.
        thread = new Thread(() =>
        {
            try
            {
                // libtorch comes up with one thread on some machines, and OpenMP counts per calling thread.
                torch.set_num_threads(threads);
                _ = KernelLibrary.Found;
            }
            catch (Exception e)
            {
                // The first call into libtorch: whatever it throws means that the library is not there or not complete.
                failure = ExceptionDispatchInfo.Capture(AddressSpace.NotLoaded(e));
                return;
            }
            finally
            {
                ready.Set();
            }

            Work();
            idle.Set();
            AtEnd?.Invoke();
        }, StackBytes) { IsBackground = true, Name = name };
        thread.Start();
        ready.Wait();
        failure?.Throw();
    }

    /// <inheritdoc cref="EngineThread.Run{T}(Func{T})"/>
    public T Run<T>(Func<T> work)
    {
        ArgumentNullException.ThrowIfNull(work);
        if (Thread.CurrentThread == thread)
        {
            return work();
        }

        if (Beginning.Value is { } begun && begun.Lane == this)
        {
            throw RuntimeErrors.WaitsForItself(begun.Work, NameOf(work));
        }

        using var done = new ManualResetEventSlim();
        T result = default!;
        ExceptionDispatchInfo? failure = null;
        var asked = EngineThread.FixedThreads;
        Enqueue(() =>
        {
            try
            {
                result = WithThreads(asked, work);
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

    /// <summary>Runs the queued work on this thread; waits up to the given time for the first.</summary>
    public void Yield(TimeSpan wait)
    {
        for (; queue.TryTake(out var work, wait); wait = TimeSpan.Zero)
        {
            work();
        }
    }

    /// <summary>Takes no more work, and waits until the thread is idle.</summary>
    public void Drain()
    {
        queue.CompleteAdding();
        if (Thread.CurrentThread != thread)
        {
            idle.Wait();
        }
    }

    /// <summary>Takes no more work, and waits until the thread is idle and has done its last work.</summary>
    public void End()
    {
        Drain();
        if (Thread.CurrentThread != thread)
        {
            thread.Join();
        }
    }

    /// <summary>Does what is queued until no more can be; in a pause the system gets back what freed tensors have left.</summary>
    private void Work()
    {
        var pause = Timeout.InfiniteTimeSpan;
        while (!queue.IsCompleted)
        {
            if (queue.TryTake(out var work, pause))
            {
                work();
                pause = Pause;
            }
            else
            {
                KernelLibrary.ReleaseMemory();
                pause = Timeout.InfiniteTimeSpan;
            }
        }
    }

    /// <summary>Runs work with as many threads as it asked for, or the lane's own; what it interrupts has those that it had again afterwards.</summary>
    private T WithThreads<T>(int? asked, Func<T> work)
    {
        var (before, askedBefore, begunBefore) = (torch.get_num_threads(), EngineThread.FixedThreads, Beginning.Value);
        try
        {
            Beginning.Value = (this, NameOf(work));
            EngineThread.FixedThreads = asked;
            SetThreads(asked ?? own);
            return work();
        }
        finally
        {
            Beginning.Value = begunBefore;
            EngineThread.FixedThreads = askedBefore;
            SetThreads(before);
        }

        // libtorch throws away what it has prepared for others, however many there were.
        static void SetThreads(int count)
        {
            if (torch.get_num_threads() != count)
            {
                torch.set_num_threads(count);
            }
        }
    }

    /// <summary>The class and method in which the work is written, of whose lambdas the compiler makes classes and methods of its own.</summary>
    private static string NameOf(Delegate work)
    {
        var type = work.Method.DeclaringType;
        while (type?.DeclaringType is Type outer)
        {
            type = outer;
        }

        return $"{type?.Name}.{work.Method.Name.Split('>')[0].TrimStart('<')}";
    }

    private void Enqueue(Action work)
    {
        try
        {
            queue.Add(work);
        }
        catch (InvalidOperationException) when (queue.IsAddingCompleted)
        {
            throw RuntimeErrors.ShuttingDown();
        }
    }
}
