namespace TinySora.Engine.Files;

/// <summary>
/// Waits, time, and the moments between which other processes may change the files that processes share. In a test one thread after the other plays
/// a process from moment to moment, so that a seed says in what order they come and which of them dies where.
/// </summary>
internal static class Moment
{
    private static readonly AsyncLocal<IProcess?> Playing = new();

    /// <summary>A process that a test plays on a thread of its own.</summary>
    internal interface IProcess
    {
        /// <summary>Milliseconds of the test's clock.</summary>
        long Now { get; }

        /// <summary>Marks a moment before a look at, or a change of, a shared file: other processes may come first.</summary>
        void Pass();

        /// <summary>Waits for a time of the test's clock, or until the wait is cancelled; other processes come meanwhile.</summary>
        void Wait(TimeSpan time, CancellationToken cancellation);

        /// <summary>Is told of a lock, which the process holds until it is disposed of or the process dies.</summary>
        void Holds(FileStream held);
    }

    /// <summary>The process that this thread plays; null: none, as always but in that test.</summary>
    internal static IProcess? Played
    {
        get => Playing.Value;
        set => Playing.Value = value;
    }

    /// <summary>Milliseconds of a clock that nobody sets.</summary>
    public static long Now => Played?.Now ?? Environment.TickCount64;

    /// <summary>Marks that other processes may come in between here.</summary>
    public static void Pass() => Played?.Pass();

    /// <summary>Waits for a time, or until the wait is cancelled.</summary>
    /// <returns>Whether it was cancelled.</returns>
    public static bool Wait(TimeSpan time, CancellationToken cancellation = default)
    {
        if (Played is IProcess played)
        {
            played.Wait(time, cancellation);
        }
        else
        {
            cancellation.WaitHandle.WaitOne(time);
        }

        return cancellation.IsCancellationRequested;
    }

    /// <summary>Tells of a lock that was taken.</summary>
    public static FileStream Holding(FileStream held)
    {
        Played?.Holds(held);
        return held;
    }
}
