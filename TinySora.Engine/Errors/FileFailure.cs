namespace TinySora.Engine.Errors;

/// <summary>Distinguishes file system failures from other exceptions.</summary>
public static class FileFailure
{
    /// <summary>The operating system's message for a full disk, as it appears in the output of ffmpeg.</summary>
    private const string NoSpace = "No space left on device";

    /// <summary>The operating system's error codes for a full disk and for an exceeded disk quota.</summary>
    private static readonly int[] Full = OperatingSystem.IsWindows() ? [unchecked((int)0x80070070), unchecked((int)0x80070027), unchecked((int)0x8007050F)]
        : [28, OperatingSystem.IsMacOS() ? 69 : 122];

    /// <summary>
    /// Returns whether an exception was caused by the disk, by missing permissions, or by a pipe or device. .NET streams throw a
    /// <see cref="NotSupportedException"/> when the length or position of a pipe or device is accessed.
    /// </summary>
    public static bool Is(Exception e) => e is IOException or UnauthorizedAccessException
        || (e is NotSupportedException { Source: string source } && source.StartsWith("System.", StringComparison.Ordinal));

    /// <summary>Returns whether an exception was caused by a full disk. In this case, writing other files will fail as well.</summary>
    public static bool IsDiskFull(Exception? e) => e switch
    {
        IOException => Full.Contains(e.HResult),
        TinySoraException => IsDiskFull(e.InnerException) || e.Message.Contains(NoSpace, StringComparison.Ordinal),
        _ => false,
    };
}
