using System.Diagnostics;
using TinySora.Engine.Interop;

namespace TinySora.PowerShell.Jobs;

/// <summary>The program that has loaded this module: PowerShell or tinysora, or another that has PowerShell's engine in it.</summary>
internal static class ThisShell
{
    private const string Host = "tinysora";
    private const string PowerShell = "pwsh";

    /// <summary>
    /// The start information of this shell for one command, with this module loaded. Where the process is another program, one of the two on the
    /// PATH is taken.
    /// </summary>
    public static ProcessStartInfo Running(string command)
    {
        string[] shells = [Host, PowerShell];
        var name = shells.FirstOrDefault(IsHere) ?? shells.FirstOrDefault(shell => ProgramPath.Find(shell) is not null) ?? PowerShell;
        var words = IsHere(name) ? Words(name) : [ProgramPath.Find(name) ?? name];
        var module = Path.GetDirectoryName(typeof(ThisShell).Assembly.Location)!;
        var quoted = Path.Combine(module, "TinySora.psd1").Replace("'", "''", StringComparison.Ordinal);
        var start = new ProcessStartInfo(words[0], [.. words.Skip(1), .. name == Host ? (string[])[command]
            : ["-NoProfile", "-NonInteractive", "-Command", $"$ErrorActionPreference = 'Stop'; Import-Module '{quoted}'; {command}"]]);
        start.Environment["TINYSORA_MODULE"] = module;
        return start;
    }

    private static bool IsHere(string name) => File.Exists(Path.Combine(AppContext.BaseDirectory, $"{name}.dll"));

    /// <summary>What a command line begins with that starts it: the program of this process where it is that, else as it lies in its folder.</summary>
    private static IReadOnlyList<string> Words(string name)
    {
        var self = Environment.ProcessPath!;
        var program = Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? $"{name}.exe" : name);
        return Path.GetFileNameWithoutExtension(self) == name ? [self]
            : name == PowerShell && File.Exists(program) ? [program]
            : [Path.GetFileNameWithoutExtension(self) == "dotnet" ? self : "dotnet", Path.Combine(AppContext.BaseDirectory, $"{name}.dll")];
    }
}
