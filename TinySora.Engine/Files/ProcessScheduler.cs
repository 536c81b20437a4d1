namespace TinySora.Engine.Files;

/// <summary>
/// Waiting, time, and the points at which other processes may change shared files. A simulation in the tests runs threads as processes
/// that alternate at these points, so that a seed determines their order and where each of them dies.
/// </summary>
internal static class ProcessScheduler
{
    private static readonly AsyncLocal<ISimulatedProcess?> Playing = new();

    /// <summary>A process that a test simulates on its own thread.</summary>
    internal interface ISimulatedProcess
    {
        /// <summary>Milliseconds of the test's clock.</summary>
        long Now { get; }

        /// <summary>Marks the point before a shared file is read or changed: other processes may run first.</summary>
        void Yield();

        /// <summary>Waits for a time of the test's clock or until canceled, while other processes run.</summary>
        void Wait(TimeSpan time, CancellationToken cancellation);

        /// <summary>Receives a lock, which the process holds until it disposes of it or dies.</summary>
        void TrackLock(FileStream held);
    }

    /// <summary>The process that this thread simulates; <c>null</c> outside the simulation.</summary>
    internal static ISimulatedProcess? Simulated
    {
        get => Playing.Value;
        set => Playing.Value = value;
    }

    /// <summary>Milliseconds of a monotonic clock.</summary>
    public static long Now => Simulated?.Now ?? Environment.TickCount64;

    /// <summary>Marks a point at which other processes may run.</summary>
    public static void Yield() => Simulated?.Yield();

    /// <summary>Waits for a time or until canceled.</summary>
    /// <returns>Whether it was canceled.</returns>
    public static bool Wait(TimeSpan time, CancellationToken cancellation = default)
    {
        if (Simulated is ISimulatedProcess played)
        {
            played.Wait(time, cancellation);
        }
        else
        {
            cancellation.WaitHandle.WaitOne(time);
        }

        return cancellation.IsCancellationRequested;
    }

    /// <summary>Reports a lock that was taken.</summary>
    public static FileStream TrackLock(FileStream held)
    {
        Simulated?.TrackLock(held);
        return held;
    }
}
