namespace TinySora.Engine.Tests;

/// <summary>File names that programs may misinterpret.</summary>
internal static class Names
{
    /// <summary>Whether this system allows a file with this name; on Windows, some characters are reserved.</summary>
    public static bool CanBe(string name) => !OperatingSystem.IsWindows() || name.IndexOfAny(['<', '>', ':', '"', '|', '?', '*']) < 0;
}
