using System.Diagnostics;
using System.Management.Automation;

namespace TinySora.PowerShell.Jobs;

/// <summary>The program that has loaded this module: PowerShell or tinysora.</summary>
internal static class ThisShell
{
    private const string Host = "tinysora";
    private const string PowerShell = "pwsh";

    /// <summary>To be started once more, with this module, for one command of it.</summary>
    public static ProcessStartInfo Running(string command)
    {
        var folder = Path.GetDirectoryName(typeof(PSObject).Assembly.Location)!;
        var module = Path.GetDirectoryName(typeof(ThisShell).Assembly.Location)!;
        var isHost = File.Exists(Path.Combine(folder, $"{Host}.dll"));
        var words = Words(isHost ? Host : PowerShell, folder);
        var quoted = Path.Combine(module, "TinySora.psd1").Replace("'", "''", StringComparison.Ordinal);
        var start = new ProcessStartInfo(words[0], [.. words.Skip(1), .. isHost ? (string[])[command]
            : ["-NoProfile", "-NonInteractive", "-Command", $"$ErrorActionPreference = 'Stop'; Import-Module '{quoted}'; {command}"]]);
        start.Environment["TINYSORA_MODULE"] = module;
        return start;
    }

    /// <summary>What a command line begins with that starts it: the program of this process where it is that, else as it lies in its folder.</summary>
    private static IReadOnlyList<string> Words(string name, string folder)
    {
        var self = Environment.ProcessPath!;
        var program = Path.Combine(folder, OperatingSystem.IsWindows() ? $"{name}.exe" : name);
        return Path.GetFileNameWithoutExtension(self) == name ? [self]
            : name == PowerShell && File.Exists(program) ? [program]
            : [Path.GetFileNameWithoutExtension(self) == "dotnet" ? self : "dotnet", Path.Combine(folder, $"{name}.dll")];
    }
}
