namespace TinySora.PowerShell.Tests;

/// <summary>What <c>tinysora</c> returns to its shell: numbers that scripts and schedulers go by.</summary>
internal static class ExitCode
{
    public const int Success = 0;

    public const int Errors = 1;

    public const int Usage = 2;

    public const int Busy = 75;

    public const int Interrupted = 130;
}
