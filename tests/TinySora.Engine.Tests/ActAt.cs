using TinySora.Engine.Files;

namespace TinySora.Engine.Tests;

/// <summary>Interrupts file operations at one moment with an action, as another program might.</summary>
internal sealed class ActAt : ProcessScheduler.ISimulatedProcess
{
    private readonly int moment;
    private readonly Action act;
    private int passed;
    private bool hasActed;

    private ActAt(int moment, Action act) => (this.moment, this.act) = (moment, act);

    public long Now => Environment.TickCount64;

    /// <param name="moment">The index of the moment, from 0.</param>
    /// <returns>Whether the moment came before the work ended.</returns>
    public static bool Run(int moment, Action act, Action work)
    {
        var player = new ActAt(moment, act);
        ProcessScheduler.Simulated = player;
        try
        {
            work();
        }
        finally
        {
            ProcessScheduler.Simulated = null;
        }

        return player.hasActed;
    }

    public void Yield()
    {
        if (Interlocked.Increment(ref passed) == moment + 1)
        {
            hasActed = true;
            act();
        }
    }

    public void Wait(TimeSpan time, CancellationToken cancellation) => cancellation.WaitHandle.WaitOne(time);

    public void TrackLock(FileStream held)
    {
    }
}
