using System.Diagnostics;

namespace TinySora.Faults;

/// <summary>Disturbance of a command at a random moment.</summary>
internal enum Disturbance
{
    /// <summary>It is killed with all its descendants, as by a power failure.</summary>
    Kill,

    /// <summary>One of its processes is killed, as by a system that is out of memory.</summary>
    KillOne,

    /// <summary>It receives SIGTERM.</summary>
    Terminate,

    /// <summary>Its terminal is closed.</summary>
    HangUp,

    /// <summary>It is suspended for a while.</summary>
    Pause,

    /// <summary>The wall clock jumps by up to two days in either direction.</summary>
    Clock,

    /// <summary>It can allocate hardly any more memory.</summary>
    Memory,

    /// <summary>It is restricted to one core.</summary>
    Cores,
}

/// <summary>Executes disturbances and defines the allowed outcomes.</summary>
internal static class Disturbances
{
    private const int LongestPause = 1000, Days = 2, MaxMemory = 64 << 20;

    /// <summary>Disturbs a running command.</summary>
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
                Signals.LimitMemory(process, random.Next(MaxMemory));
                break;
            case Disturbance.Cores:
                Signals.LeaveOneCore(process);
                break;
        }
    }

    /// <summary>Whether the command must complete as if undisturbed.</summary>
    public static bool MustGoOn(this Disturbance what) => what is Disturbance.Pause or Disturbance.Clock or Disturbance.Cores;

    /// <summary>Whether the command may end in any way.</summary>
    public static bool MayBreak(this Disturbance what) => what is Disturbance.Kill or Disturbance.KillOne or Disturbance.Memory;
}
