namespace TinySora.Engine.Files;

/// <summary>Compares paths as the operating system's default file system does: case-sensitively only on Linux.</summary>
internal static class PathComparer
{
    public static StringComparer Of { get; } = OperatingSystem.IsLinux() ? StringComparer.Ordinal : StringComparer.OrdinalIgnoreCase;
}
