using System.Management.Automation;
using System.Runtime.InteropServices;

namespace TinySora.Host;

/// <summary>
/// Ctrl-C, and requests to end, that of a terminal that has gone among them: the first stops what runs, and commands finish in order; the second
/// ends the program at once.
/// </summary>
internal sealed class Interruption : IDisposable
{
    private readonly Lock gate = new();
    private readonly PosixSignalRegistration[] registrations;
    private PowerShell? running;
    private bool isStopping;

    public Interruption() => registrations =
        [.. new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP }.Select(signal => PosixSignalRegistration.Create(signal, Handle))];

    /// <summary>Whether something was stopped, or the program was asked to end.</summary>
    public bool WasAsked { get; private set; }

    /// <summary>Whether the program, and not only what runs in it, was asked to end.</summary>
    public bool MustEnd { get; private set; }

    /// <summary>Until this is disposed, it is this shell that is stopped.</summary>
    public IDisposable Stops(PowerShell shell)
    {
        lock (gate)
        {
            var before = running;
            (running, isStopping, WasAsked) = (shell, false, MustEnd);
            return new Until(() =>
            {
                lock (gate)
                {
                    running = before;
                }
            });
        }
    }

    public void Dispose()
    {
        foreach (var registration in registrations)
        {
            registration.Dispose();
        }
    }

    private void Handle(PosixSignalContext context)
    {
        context.Cancel = true;
        lock (gate)
        {
            MustEnd |= context.Signal != PosixSignal.SIGINT;
            if (running is null ? MustEnd : isStopping)
            {
                ExitNow();
            }

            WasAsked = true;
            isStopping = true;
            running?.BeginStop(null, null);
        }
    }

    // Without exit handlers: they would wait for the very work that the user no longer wants to wait for.
    private static void ExitNow()
    {
        if (OperatingSystem.IsWindows())
        {
            _ = TerminateProcess(GetCurrentProcess(), ExitCode.Interrupted);
        }

        ExitProcess(ExitCode.Interrupted);
    }

    [DllImport("kernel32")]
    private static extern nint GetCurrentProcess();

    [DllImport("kernel32")]
    private static extern int TerminateProcess(nint process, int status);

    [DllImport("libc", EntryPoint = "_exit")]
    private static extern void ExitProcess(int status);

    private sealed class Until(Action end) : IDisposable
    {
        public void Dispose() => end();
    }
}
