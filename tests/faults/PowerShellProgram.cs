using System.Diagnostics;
using TinySora.Chaos;

namespace TinySora.Faults;

/// <summary>PowerShell with a module in it, as a process.</summary>
/// <param name="pwsh">Its program.</param>
/// <param name="module">The folder of the module.</param>
internal sealed class PowerShellProgram(string pwsh, string module)
{
    /// <summary>Its folder, in which those who look for pwsh on the PATH find it.</summary>
    public string Folder => Path.GetDirectoryName(pwsh)!;

    /// <summary>Whether another program that a line starts is on the PATH.</summary>
    public static bool Finds(string name) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
        .Any(folder => folder.Length > 0 && File.Exists(Path.Combine(folder, name)));

    /// <summary>The same program with another module.</summary>
    public PowerShellProgram Of(Func<string, string> stage) => new(pwsh, stage(module));

    /// <summary>
    /// Starts it for a line, with one thread: sums are rounded differently with another number, and what is free differs from moment to moment.
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
