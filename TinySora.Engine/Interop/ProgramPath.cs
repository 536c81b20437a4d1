namespace TinySora.Engine.Interop;

/// <summary>Finds installed programs on the search path.</summary>
public static class ProgramPath
{
    /// <summary>The file of a program in the folders of PATH; null: there is none.</summary>
    /// <param name="program">Without the ending that it has on Windows.</param>
    public static string? Find(string program) => Find(program, Environment.GetEnvironmentVariable("PATH"));

    /// <summary>A script of a shell, which has another ending on Windows.</summary>
    public static string? FindScript(string name) =>
        Find(name, Environment.GetEnvironmentVariable("PATH"), OperatingSystem.IsWindows() ? ".cmd" : "");

    /// <summary>Only absolute folders of <paramref name="searchPath"/> count: never the current one.</summary>
    public static string? Find(string program, string? searchPath) => Find(program, searchPath, OperatingSystem.IsWindows() ? ".exe" : "");

    private static string? Find(string program, string? searchPath, string ending)
    {
        var file = program + ending;
        return (searchPath ?? "").Split(Path.PathSeparator)
            .Where(Path.IsPathFullyQualified)
            .Select(folder => Path.Combine(folder, file))
            .FirstOrDefault(File.Exists);
    }
}
