namespace TinySora.Engine.Files;

/// <summary>Compares paths like the default file system of the operating system: case-sensitively only on Linux.</summary>
internal static class PathComparer
{
    public static StringComparer Of { get; } = OperatingSystem.IsLinux() ? StringComparer.Ordinal : StringComparer.OrdinalIgnoreCase;
}
