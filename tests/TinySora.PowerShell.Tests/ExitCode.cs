namespace TinySora.PowerShell.Tests;

/// <summary>What PowerShell returns to its shell: numbers that scripts and schedulers go by.</summary>
internal static class ExitCode
{
    public const int Success = 0;

    public const int Errors = 1;

    /// <summary>Asked to end by SIGTERM: 128 and its number.</summary>
    public const int Interrupted = 143;
}
