using System.Diagnostics;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;
using TinySora.PowerShell.Errors;
using TinySora.PowerShell.Output;

namespace TinySora.PowerShell.Jobs;

/// <summary>Starts the PowerShell that has loaded this module as a separate program.</summary>
internal static class ThisShell
{
    private const string Name = "pwsh";
    private const string Host = "dotnet";

    /// <summary>Path of this module's manifest.</summary>
    public static string Module { get; } = Path.Combine(Path.GetDirectoryName(typeof(ThisShell).Assembly.Location)!, "TinySora.psd1");

    /// <summary>
    /// Returns the start information for a shell that loads this module and runs one command. If this process is another program that hosts the PowerShell
    /// engine, the shell is the pwsh program on the PATH.
    /// </summary>
    /// <exception cref="TinySoraException">NoShell.</exception>
    public static ProcessStartInfo Running(string command)
    {
        var words = Words();
        return new ProcessStartInfo(words[0], [.. words.Skip(1), "-NoProfile", "-NonInteractive", "-Command",
            $"$ErrorActionPreference = 'Stop'; Import-Module {ArgumentText.Quote(Module)}; {command}"]);
    }

    /// <summary>
    /// Returns the beginning of a command line that starts the shell: the program of this process if that is pwsh, otherwise the pwsh program in its folder.
    /// </summary>
    private static IReadOnlyList<string> Words()
    {
        var assembly = Path.Combine(AppContext.BaseDirectory, $"{Name}.dll");
        if (!File.Exists(assembly))
        {
            return [Find(Name)];
        }

        var self = Environment.ProcessPath!;
        var program = Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? $"{Name}.exe" : Name);
        return Path.GetFileNameWithoutExtension(self) == Name ? [self] : File.Exists(program) ? [program]
            : [Path.GetFileNameWithoutExtension(self) == Host ? self : Find(Host), assembly];
    }

    private static string Find(string program) => ProgramPath.Find(program) ?? throw InputErrors.NoShell(program);
}
