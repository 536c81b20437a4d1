namespace TinySora.Engine.Errors;

/// <summary>What the system says of a file that it does not read or write, told from other exceptions.</summary>
public static class FileFailure
{
    /// <summary>The system's words of a full disk, in which ffmpeg tells of one.</summary>
    private const string NoSpace = "No space left on device";

    /// <summary>The system's numbers of a full disk, and of one of which this user may fill no more.</summary>
    private static readonly int[] Full = OperatingSystem.IsWindows() ? [unchecked((int)0x80070070), unchecked((int)0x80070027), unchecked((int)0x8007050F)]
        : [28, OperatingSystem.IsMacOS() ? 69 : 122];

    /// <summary>
    /// Whether the disk or the permissions are the cause, or that the file is a pipe or device: .NET's streams throw <see cref="NotSupportedException"/>
    /// for the length and position of those.
    /// </summary>
    public static bool Is(Exception e) => e is IOException or UnauthorizedAccessException
        || (e is NotSupportedException { Source: string source } && source.StartsWith("System.", StringComparison.Ordinal));

    /// <summary>Whether the cause is a full disk, so that other files will fail likewise.</summary>
    public static bool IsOfFullDisk(Exception? e) => e switch
    {
        IOException => Full.Contains(e.HResult),
        TinySoraException => IsOfFullDisk(e.InnerException) || e.Message.Contains(NoSpace, StringComparison.Ordinal),
        _ => false,
    };
}
