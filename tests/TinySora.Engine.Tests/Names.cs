namespace TinySora.Engine.Tests;

/// <summary>Names of files that programs may take for something else.</summary>
internal static class Names
{
    /// <summary>Whether a file can have this name here; on Windows some characters have a meaning in paths.</summary>
    public static bool CanBe(string name) => !OperatingSystem.IsWindows() || name.IndexOfAny(['<', '>', ':', '"', '|', '?', '*']) < 0;
}
