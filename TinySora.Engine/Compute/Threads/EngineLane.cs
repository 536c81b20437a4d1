using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using TinySora.Engine.Compute.Native;
using TinySora.Engine.Errors;
using TorchSharp;

namespace TinySora.Engine.Compute.Threads;

/// <summary>A thread with a queue of tensor work. See <see cref="EngineThread"/>.</summary>
internal sealed class EngineLane
{
    private const int StackBytes = 16 << 20;

    /// <summary>
    /// How long freed memory is kept for later work. It is longer than the usual time between prompts that a user types, or between clips that are generated
    /// from a table.
    /// </summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);

    /// <summary>
    /// The work that a lane is running. The value flows to the threads that this work starts, to identify work that the lane may be waiting for.
    /// </summary>
    private static readonly AsyncLocal<(EngineLane Lane, string Work)?> CurrentWork = new();

    private readonly BlockingCollection<Action> queue = [];
    private readonly Thread thread;
    private readonly ManualResetEventSlim drained = new();
    private readonly int own;

    /// <summary>Action that the thread runs after all of its work.</summary>
    public Action? OnExit { get; set; }

    /// <exception cref="TinySoraException">LibTorchMissing.</exception>
    public EngineLane(int threads, string name)
    {
        own = threads;
        using var ready = new ManualResetEventSlim();
        ExceptionDispatchInfo? failure = null;

        // A background thread does not keep the process alive; Drain ensures that work in progress is completed.
        thread = new Thread(() =>
        {
            try
            {
                // libtorch starts with one thread on some machines, and OpenMP counts per calling thread.
                torch.set_num_threads(threads);
                _ = KernelLibrary.Instance;
            }
            catch (Exception e)
            {
                // These are the first calls into libtorch, so any exception means that the library is missing or incomplete.
                failure = ExceptionDispatchInfo.Capture(AddressSpace.NotLoaded(e));
                return;
            }
            finally
            {
                ready.Set();
            }

            Work();
            drained.Set();
            OnExit?.Invoke();
        }, StackBytes) { IsBackground = true, Name = name };
        thread.Start();
        ready.Wait();
        failure?.Throw();
    }

    /// <inheritdoc cref="EngineThread.Run{T}(Func{T})"/>
    /// <param name="threads">Number of libtorch threads for the work; <c>null</c> for the number that the caller requests.</param>
    public T Run<T>(Func<T> work, int? threads = null)
    {
        ArgumentNullException.ThrowIfNull(work);
        if (Thread.CurrentThread == thread)
        {
            return threads is null ? work() : WithThreads(threads, work);
        }

        if (CurrentWork.Value is { } begun && begun.Lane == this)
        {
            throw RuntimeErrors.WaitsForItself(begun.Work, NameOf(work));
        }

        using var done = new ManualResetEventSlim();
        T result = default!;
        ExceptionDispatchInfo? failure = null;
        var requested = threads ?? EngineThread.FixedThreads;
        Enqueue(() =>
        {
            try
            {
                result = WithThreads(requested, work);
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

    /// <summary>Runs the queued work on the calling thread. If the queue is empty, waits for work, but at most for the given time.</summary>
    public void Yield(TimeSpan wait)
    {
        for (; queue.TryTake(out var work, wait); wait = TimeSpan.Zero)
        {
            work();
        }
    }

    /// <summary>Stops accepting work, and waits until the thread is idle.</summary>
    public void Drain()
    {
        queue.CompleteAdding();
        if (Thread.CurrentThread != thread)
        {
            drained.Wait();
        }
    }

    /// <summary>Stops accepting work, and waits until the thread has ended.</summary>
    public void End()
    {
        Drain();
        if (Thread.CurrentThread != thread)
        {
            thread.Join();
        }
    }

    /// <summary>Runs queued work until the queue is closed. During pauses, returns the memory of freed tensors to the system.</summary>
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

    /// <summary>Runs work with the requested number of threads, or the lane's default number, and restores the previous number afterwards.</summary>
    private T WithThreads<T>(int? requested, Func<T> work)
    {
        var (before, askedBefore, begunBefore) = (torch.get_num_threads(), EngineThread.FixedThreads, CurrentWork.Value);
        try
        {
            CurrentWork.Value = (this, NameOf(work));
            EngineThread.FixedThreads = requested;
            SetThreads(requested ?? own);
            return work();
        }
        finally
        {
            CurrentWork.Value = begunBefore;
            EngineThread.FixedThreads = askedBefore;
            SetThreads(before);
        }

        // libtorch discards prepared state on every such call, even if the number does not change.
        static void SetThreads(int count)
        {
            if (torch.get_num_threads() != count)
            {
                torch.set_num_threads(count);
            }
        }
    }

    /// <summary>Returns the class and method that contain the work, without the compiler-generated classes and methods of lambdas.</summary>
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
