namespace TinySora.Host;

/// <summary>The exit codes that the program returns to its shell.</summary>
internal static class ExitCode
{
    public const int Success = 0;

    /// <summary>The last command failed.</summary>
    public const int Errors = 1;

    /// <summary>The script is not there; nothing ran. PowerShell's number, EX_USAGE of sysexits.h.</summary>
    public const int Usage = 64;

    /// <summary>
    /// What the command needs is in use: worth another try later. The number is EX_TEMPFAIL of sysexits.h, which says so to mailers
    /// and schedulers.
    /// </summary>
    public const int Busy = 75;

    /// <summary>The program was ended by Ctrl-C or asked to end.</summary>
    public const int Interrupted = 130;
}
