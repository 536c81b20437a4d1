using System.Diagnostics;

namespace TinySora.Faults;

/// <summary>What befalls a command at a random moment.</summary>
internal enum Disturbance
{
    /// <summary>It is killed with all that it started, as by a power cut.</summary>
    Kill,

    /// <summary>One of its processes is killed, as by a system without memory.</summary>
    KillOne,

    /// <summary>It is asked to end.</summary>
    Terminate,

    /// <summary>Its terminal is gone.</summary>
    HangUp,

    /// <summary>It stands still for a while and goes on.</summary>
    Pause,

    /// <summary>The clock of the day jumps by up to two days in either direction.</summary>
    Clock,

    /// <summary>The system gives it hardly any more memory.</summary>
    Memory,

    /// <summary>All its cores but one are taken away.</summary>
    Cores,
}

/// <summary>What a command may do when it is disturbed.</summary>
internal static class Disturbances
{
    private const int LongestPause = 1000, Days = 2, MostMemory = 64 << 20;

    /// <summary>Disturbs a command that runs.</summary>
    public static void Befall(this Disturbance what, Process process, FaultLayer layer, Random random)
    {
        switch (what)
        {
            case Disturbance.Kill:
                Signals.Send(process, Signals.Kill);
                break;
            case Disturbance.KillOne:
                var family = Signals.Family(process.Id).ToList();
                Signals.Send(family[random.Next(family.Count)], Signals.Kill);
                break;
            case Disturbance.Terminate:
                Signals.Send(process.Id, Signals.Terminate);
                break;
            case Disturbance.HangUp:
                Signals.Send(process.Id, Signals.HangUp);
                break;
            case Disturbance.Pause:
                Signals.Send(process, Signals.Stop);
                Thread.Sleep(random.Next(LongestPause));
                Signals.Send(process, Signals.Continue);
                break;
            case Disturbance.Clock:
                layer.Clock = TimeSpan.FromDays((random.NextDouble() - 0.5) * 2 * Days);
                break;
            case Disturbance.Memory:
                Signals.LimitMemory(process, random.Next(MostMemory));
                break;
            case Disturbance.Cores:
                Signals.LeaveOneCore(process);
                break;
        }
    }

    /// <summary>Whether a command that was disturbed so has to come to its end as if nothing had been.</summary>
    public static bool MustGoOn(this Disturbance what) => what is Disturbance.Pause or Disturbance.Clock or Disturbance.Cores;

    /// <summary>Whether a command may end as it likes: it was not asked.</summary>
    public static bool MayBreak(this Disturbance what) => what is Disturbance.Kill or Disturbance.KillOne or Disturbance.Memory;
}
