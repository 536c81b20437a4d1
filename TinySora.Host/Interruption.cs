using System.Runtime.InteropServices;

namespace TinySora.Host;

/// <summary>Ctrl-C and SIGTERM: the first lets cmdlets finish in order, the second ends the program at once.</summary>
internal sealed class Interruption : IDisposable
{
    private readonly CancellationTokenSource source = new();
    private readonly PosixSignalRegistration[] registrations;

    public Interruption() => registrations =
        [PosixSignalRegistration.Create(PosixSignal.SIGINT, Handle), PosixSignalRegistration.Create(PosixSignal.SIGTERM, Handle)];

    public CancellationToken Token => source.Token;

    public void Dispose()
    {
        foreach (var registration in registrations)
        {
            registration.Dispose();
        }

        source.Dispose();
    }

    private void Handle(PosixSignalContext context)
    {
        context.Cancel = true;
        if (source.IsCancellationRequested)
        {
            ExitNow();
        }

        source.Cancel();
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
}
