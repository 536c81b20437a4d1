namespace TinySora.Engine.Files;

/// <summary>
/// Provides a clock, waits, and the points at which other processes may change shared files. A simulation in the tests runs threads as processes that
/// alternate at these points, so that a seed determines their order and where each of them is killed.
/// </summary>
internal static class ProcessScheduler
{
    private static readonly AsyncLocal<ISimulatedProcess?> Playing = new();

    /// <summary>A process that a test simulates on its own thread.</summary>
    internal interface ISimulatedProcess
    {
        /// <summary>Current time of the test's clock in milliseconds.</summary>
        long Now { get; }

        /// <summary>Marks a point before a shared file is read or changed, at which other processes may run.</summary>
        void Yield();

        /// <summary>Waits for a time on the test's clock or until canceled, while other processes run.</summary>
        void Wait(TimeSpan time, CancellationToken cancellation);

        /// <summary>Receives a lock, which the process holds until it disposes the lock or is killed.</summary>
        void TrackLock(FileStream held);
    }

    /// <summary>The process that this thread simulates; <c>null</c> outside the simulation.</summary>
    internal static ISimulatedProcess? Simulated
    {
        get => Playing.Value;
        set => Playing.Value = value;
    }

    /// <summary>Current time of a monotonic clock in milliseconds.</summary>
    public static long Now => Simulated?.Now ?? Environment.TickCount64;

    /// <summary>Marks a point at which other processes may run.</summary>
    public static void Yield() => Simulated?.Yield();

    /// <summary>Waits for the given time or until canceled.</summary>
    /// <returns>Whether the wait was canceled.</returns>
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

    /// <summary>Waits until a condition no longer holds.</summary>
    /// <param name="interval">Time between checks.</param>
    /// <exception cref="OperationCanceledException">The condition still held when the wait was canceled.</exception>
    public static void WaitWhile(Func<bool> holds, TimeSpan interval, CancellationToken cancellation)
    {
        while (holds())
        {
            Wait(interval, cancellation);
            cancellation.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Reports that a lock has been taken.</summary>
    public static FileStream TrackLock(FileStream held)
    {
        Simulated?.TrackLock(held);
        return held;
    }
}
