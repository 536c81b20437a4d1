using TinySora.Engine.Files;

namespace TinySora.Simulation;

/// <summary>A simulated process on a thread, which runs from one moment to the next when it is its turn.</summary>
internal sealed class Actor : ProcessScheduler.ISimulatedProcess
{
    /// <summary>Maximum number of waits for the next moment: many times more than the slowest one needs on busy cores.</summary>
    private const int MaxWaits = 120;

    /// <summary>Time of one wait. If the whole program is suspended for an hour (SIGSTOP), it loses only one wait, without a false finding.</summary>
    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(1);

    private readonly Schedule schedule;
    private readonly Thread thread;
    private readonly SemaphoreSlim turn = new(0), back = new(0);
    private readonly List<FileStream> locks = [];
    private CancellationToken cancellation;
    private long due;

    public Actor(Schedule schedule, string name, Action work)
    {
        (this.schedule, Name) = (schedule, name);
        thread = new Thread(() => Play(work)) { IsBackground = true, Name = name };
        thread.Start();
    }

    public string Name { get; }

    /// <summary>Whether the process has ended.</summary>
    public bool IsDone { get; private set; }

    /// <summary>Whether the process was killed.</summary>
    public bool IsDead { get; private set; }

    /// <summary>Unexpected error.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>Called when the process has ended in any way.</summary>
    public Action? Ended { get; set; }

    public bool IsLive => !IsDone && !IsDead;

    /// <summary>Time from which on the process has something to do.</summary>
    public long Due => cancellation.IsCancellationRequested ? 0 : due;

    long ProcessScheduler.ISimulatedProcess.Now => schedule.Now;

    /// <summary>Runs the process to its next moment.</summary>
    public void Step()
    {
        turn.Release();
        for (var waits = 1; !back.Wait(Wait); waits++)
        {
            if (waits == MaxWaits)
            {
                throw new InvalidOperationException($"{Name} hangs between two moments.");
            }
        }

        if (IsDone)
        {
            Ended?.Invoke();
        }
    }

    /// <summary>Kills the process at its current moment and releases its locks, as the operating system does.</summary>
    public void Kill()
    {
        IsDead = true;
        locks.ForEach(held => held.Dispose());
        Ended?.Invoke();
    }

    /// <summary>Ends the thread, once its cleanup code can no longer affect the simulation.</summary>
    public void Leave()
    {
        if (!IsDone)
        {
            IsDead = true;
            turn.Release();
            thread.Join(MaxWaits * Wait);
        }

        turn.Dispose();
        back.Dispose();
    }

    void ProcessScheduler.ISimulatedProcess.Yield()
    {
        // While the thread ends, it must not wait for a turn.
        ThrowIfDead();
        back.Release();
        turn.Wait();
        ThrowIfDead();
    }

    void ProcessScheduler.ISimulatedProcess.Wait(TimeSpan time, CancellationToken cancellation)
    {
        (due, this.cancellation) = (schedule.Now + (long)time.TotalMilliseconds, cancellation);
        ((ProcessScheduler.ISimulatedProcess)this).Yield();
    }

    void ProcessScheduler.ISimulatedProcess.TrackLock(FileStream held) => locks.Add(held);

    private void ThrowIfDead()
    {
        if (IsDead)
        {
            throw new Died();
        }
    }

    private void Play(Action work)
    {
        turn.Wait();
        try
        {
            ThrowIfDead();
            ProcessScheduler.Simulated = this;
            work();
        }
        catch (Exception e)
        {
            Failure = IsDead ? null : e;
        }

        IsDone = true;
        back.Release();
    }

    /// <summary>Ends the thread of a process that was killed.</summary>
    private sealed class Died : Exception;
}
