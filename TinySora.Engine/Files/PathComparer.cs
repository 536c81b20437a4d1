namespace TinySora.Engine.Files;

/// <summary>How the file system compares names, as far as the operating system tells: by their letters' case on Linux alone.</summary>
internal static class PathComparer
{
    public static StringComparer Of { get; } = OperatingSystem.IsLinux() ? StringComparer.Ordinal : StringComparer.OrdinalIgnoreCase;
}
