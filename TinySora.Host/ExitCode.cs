namespace TinySora.Host;

/// <summary>What the program returns to its shell.</summary>
public static class ExitCode
{
    public const int Success = 0;

    /// <summary>At least one error record was written.</summary>
    public const int Errors = 1;

    /// <summary>The command line is wrong and nothing ran.</summary>
    public const int Usage = 2;

    /// <summary>
    /// What the command needs is in use: worth another try later. The number is EX_TEMPFAIL of sysexits.h, which says so to mailers
    /// and schedulers.
    /// </summary>
    public const int Busy = 75;

    /// <summary>Ctrl-C or a request to end.</summary>
    public const int Interrupted = 130;
}
