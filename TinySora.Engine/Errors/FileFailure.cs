namespace TinySora.Engine.Errors;

/// <summary>Distinguishes file system failures from other exceptions.</summary>
public static class FileFailure
{
    /// <summary>The system's message for a full disk, as ffmpeg reports it.</summary>
    private const string NoSpace = "No space left on device";

    /// <summary>The system's error codes for a full disk and for an exceeded quota.</summary>
    private static readonly int[] Full = OperatingSystem.IsWindows() ? [unchecked((int)0x80070070), unchecked((int)0x80070027), unchecked((int)0x8007050F)]
        : [28, OperatingSystem.IsMacOS() ? 69 : 122];

    /// <summary>
    /// Whether an exception is due to the disk, to permissions, or to a pipe or device. Streams in .NET throw a <see cref="NotSupportedException"/> for the
    /// length and position of a pipe or device.
    /// </summary>
    public static bool Is(Exception e) => e is IOException or UnauthorizedAccessException
        || (e is NotSupportedException { Source: string source } && source.StartsWith("System.", StringComparison.Ordinal));

    /// <summary>Whether an exception is due to a full disk, so that writing other files will also fail.</summary>
    public static bool IsDiskFull(Exception? e) => e switch
    {
        IOException => Full.Contains(e.HResult),
        TinySoraException => IsDiskFull(e.InnerException) || e.Message.Contains(NoSpace, StringComparison.Ordinal),
        _ => false,
    };
}
