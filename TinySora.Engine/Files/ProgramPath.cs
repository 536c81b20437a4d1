using System.Diagnostics;

namespace TinySora.Engine.Files;

/// <summary>Finds installed programs on the search path and starts them.</summary>
public static class ProgramPath
{
    private const string Variable = "PATH";

    private static readonly string Ending = OperatingSystem.IsWindows() ? ".exe" : "";

    /// <summary>Returns the path of a program in one of the folders in PATH; <c>null</c> if there is none.</summary>
    /// <param name="program">Name without the Windows extension.</param>
    public static string? Find(string program) => Find(program, Environment.GetEnvironmentVariable(Variable));

    /// <summary>Returns the path of a shell script, which has a different extension on Windows.</summary>
    public static string? FindScript(string name) =>
        Find(name, Environment.GetEnvironmentVariable(Variable), OperatingSystem.IsWindows() ? ".cmd" : "");

    /// <summary>Returns the path of a program. Searches only the absolute folders in <paramref name="searchPath"/>, never the current folder.</summary>
    public static string? Find(string program, string? searchPath) => Find(program, searchPath, Ending);

    /// <summary>
    /// Starts a program. A bare name is rejected, because .NET would search the current folder before PATH. Relative folders are removed from the program's
    /// PATH, because the program may start other programs.
    /// </summary>
    /// <exception cref="System.ComponentModel.Win32Exception">The system cannot start it.</exception>
    public static Process Start(ProcessStartInfo program)
    {
        if (!Path.IsPathFullyQualified(program.FileName) || program.UseShellExecute)
        {
            throw new ArgumentException($"A program must be started by its absolute path and without a shell: {program.FileName}", nameof(program));
        }

        // Some shells treat an empty PATH as the current folder. If PATH is not set, they search the system folders.
        var folders = string.Join(Path.PathSeparator, Folders(program.Environment.TryGetValue(Variable, out var path) ? path : null));
        program.Environment.Remove(Variable);
        if (folders.Length > 0)
        {
            program.Environment[Variable] = folders;
        }

        return Process.Start(program)!;
    }

    /// <summary>Returns the absolute folders in a search path.</summary>
    internal static IEnumerable<string> Folders(string? searchPath) =>
        (searchPath ?? "").Split(Path.PathSeparator).Where(Path.IsPathFullyQualified);

    private static string? Find(string program, string? searchPath, string ending) =>
        Folders(searchPath).Select(folder => Path.Combine(folder, program + ending)).FirstOrDefault(IsProgram);

    private static bool IsProgram(string file) =>
        File.Exists(file) && (OperatingSystem.IsWindows()
            || (File.GetUnixFileMode(file) & (UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute)) != 0);
}
