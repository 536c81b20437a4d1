namespace TinySora.PowerShell.Tests;

/// <summary>Exit codes that PowerShell returns to its shell, which scripts and schedulers rely on.</summary>
internal static class ExitCode
{
    public const int Success = 0;

    public const int Errors = 1;

    /// <summary>Terminated by SIGTERM: 128 plus its number.</summary>
    public const int Interrupted = 143;

    /// <summary>Terminated by SIGHUP.</summary>
    public const int HungUp = 129;
}
