using TinySora.Engine.Files;

namespace TinySora.Simulation;

/// <summary>A process that is played on a thread, which runs from one moment to the next when it is its turn.</summary>
internal sealed class Actor : Moment.IProcess
{
    /// <summary>How often it is waited for: many times what the slowest stretch between two moments takes where others want the cores.</summary>
    private const int MostWaits = 120;

    /// <summary>One wait of those: a program that is itself stopped for an hour (SIGSTOP) loses one, and finds nothing.</summary>
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

    /// <summary>Whether it has come to its end.</summary>
    public bool IsDone { get; private set; }

    /// <summary>Whether it was killed.</summary>
    public bool IsDead { get; private set; }

    /// <summary>The error that nobody expected.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>What else happens when it has ended, in whatever way.</summary>
    public Action? Ended { get; set; }

    public bool IsLive => !IsDone && !IsDead;

    /// <summary>The time from which on it has something to do.</summary>
    public long Due => cancellation.IsCancellationRequested ? 0 : due;

    long Moment.IProcess.Now => schedule.Now;

    /// <summary>Lets it go on to its next moment.</summary>
    public void Step()
    {
        turn.Release();
        for (var waits = 1; !back.Wait(Wait); waits++)
        {
            if (waits == MostWaits)
            {
                throw new InvalidOperationException($"{Name} stands still between two moments.");
            }
        }

        if (IsDone)
        {
            Ended?.Invoke();
        }
    }

    /// <summary>Ends it where it is, as a system does: it does nothing more, and its locks are free.</summary>
    public void Kill()
    {
        IsDead = true;
        locks.ForEach(held => held.Dispose());
        Ended?.Invoke();
    }

    /// <summary>Ends its thread, when what it still does on the way out harms nothing.</summary>
    public void Leave()
    {
        if (!IsDone)
        {
            IsDead = true;
            turn.Release();
            thread.Join(MostWaits * Wait);
        }

        turn.Dispose();
        back.Dispose();
    }

    void Moment.IProcess.Pass()
    {
        // On its way out it stops nowhere.
        ThrowIfDead();
        back.Release();
        turn.Wait();
        ThrowIfDead();
    }

    void Moment.IProcess.Wait(TimeSpan time, CancellationToken cancellation)
    {
        (due, this.cancellation) = (schedule.Now + (long)time.TotalMilliseconds, cancellation);
        ((Moment.IProcess)this).Pass();
    }

    void Moment.IProcess.Holds(FileStream held) => locks.Add(held);

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
            Moment.Played = this;
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
