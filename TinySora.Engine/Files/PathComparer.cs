namespace TinySora.Engine.Files;

/// <summary>Compares paths in the same way as the default file system of the operating system, which is case-sensitive only on Linux.</summary>
internal static class PathComparer
{
    public static StringComparer Of { get; } = OperatingSystem.IsLinux() ? StringComparer.Ordinal : StringComparer.OrdinalIgnoreCase;
}
