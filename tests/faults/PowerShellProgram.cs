using System.Diagnostics;
using TinySora.Chaos;

namespace TinySora.Faults;

/// <summary>Starts PowerShell with a module.</summary>
/// <param name="pwsh">Path of PowerShell.</param>
/// <param name="module">Folder of the module.</param>
internal sealed class PowerShellProgram(string pwsh, string module)
{
    /// <summary>Folder of PowerShell, for the PATH.</summary>
    public string Folder => Path.GetDirectoryName(pwsh)!;

    /// <summary>Whether a program is on the PATH.</summary>
    public static bool Finds(string name) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
        .Any(folder => folder.Length > 0 && File.Exists(Path.Combine(folder, name)));

    /// <summary>Returns the program with another module.</summary>
    public PowerShellProgram Of(Func<string, string> stage) => new(pwsh, stage(module));

    /// <summary>
    /// Starts a command with one thread, because sums are rounded differently with another number of threads, and the number of free cores varies.
    /// </summary>
    public Child Start(string folder, IReadOnlyDictionary<string, string> variables, string line)
    {
        ProcessStartInfo start = new(
            pwsh, ["-NoProfile", "-NonInteractive", "-Command", $"Import-Module '{module}/TinySora.psd1' -ErrorAction Stop; {line}"])
        {
            WorkingDirectory = folder,
        };
        foreach (var (name, value) in variables.Append(new("POWERSHELL_TELEMETRY_OPTOUT", "1")).Append(new("TINYSORA_THREADS", "1")))
        {
            start.Environment[name] = value;
        }

        return new Child(start);
    }
}
