using System.Diagnostics;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace TinySora.Tests;

/// <summary>PowerShell with the module in it, as a process of its own, as a shell or a scheduler starts it.</summary>
internal static class Pwsh
{
    /// <summary>Many times what the slowest one takes on the slowest machine.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    /// <summary>Of libtorch, where wine does not tell it how many cores the processor has.</summary>
    private const string OfWine = "Error in cpuinfo: failed to query size of processor cores information: error 1\r\n";

    /// <summary>The folder of PowerShell's program, assemblies and modules.</summary>
    public static string Folder { get; } = typeof(Pwsh).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "PowerShell").Value!;

    public static string Program { get; } = Path.Combine(Folder, OperatingSystem.IsWindows() ? "pwsh.exe" : "pwsh");

    /// <summary>What a command line begins with; commands follow as words. The module is that which the environment variable TINYSORA_MODULE names.</summary>
    public static IReadOnlyList<string> Line { get; } =
        [Program, "-NoProfile", "-NonInteractive", "-Command", "Import-Module $env:TINYSORA_MODULE/TinySora.psd1 -ErrorAction Stop;"];

    /// <summary><see cref="Line"/> as a shell takes it.</summary>
    public static string ShellLine { get; } = string.Join(' ', Line.Select(word => $"'{word}'"));

    /// <param name="folder">Where it runs.</param>
    /// <param name="module">The folder of the module that it loads.</param>
    public static Process Start(string folder, string module, params string[] args) => Start(Line[0], [.. Line.Skip(1), .. args], folder, module);

    /// <summary>Starts a program that starts it.</summary>
    public static Process Start(string program, IReadOnlyList<string> args, string folder, string module)
    {
        ProcessStartInfo start = new(program, args)
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            CreateNoWindow = true, // wine has a console, which PowerShell wants, only for such programs
        };
        start.Environment["TINYSORA_MODULE"] = module;
        start.Environment["NO_COLOR"] = "1";
        start.Environment["POWERSHELL_TELEMETRY_OPTOUT"] = "1";
        return Process.Start(start)!;
    }

    public static (int Code, string Output, string Error) Run(string folder, string module, params string[] args)
    {
        using var process = Start(folder, module, args);
        return Finish(process);
    }

    /// <summary>While somebody waits for what a process does: fails with what it said when it has ended.</summary>
    public static void Alive(Process process)
    {
        if (process.HasExited)
        {
            Assert.Fail($"The run ended before its time: {Finish(process)}");
        }
    }

    /// <summary>Waits for the end of a process that gets no input; one that stands still is killed, and all that it started.</summary>
    public static (int Code, string Output, string Error) Finish(Process process)
    {
        using var limit = new Timer(_ => process.Kill(entireProcessTree: true), null, Longest, Timeout.InfiniteTimeSpan);
        process.StandardInput.Close();
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result.Replace(OfWine, "", StringComparison.Ordinal));
    }

    /// <summary>What it wrote has these words; lines are broken where the console's width wants it, and their rests may be indented.</summary>
    public static void Says(string words, string written) => Assert.Matches(string.Join(@"[\s|]+", words.Split(' ').Select(Regex.Escape)), written);

    /// <summary>Sends SIGTERM; by the system call, because a bare machine has no program for it.</summary>
    public static void Terminate(Process process, string signal = "TERM") => Assert.Equal(0, Signal(process.Id, signal == "HUP" ? 1 : 15));

    /// <summary>Sends SIGINT to a process that leads a group and to all others of it, as a terminal does at Ctrl-C.</summary>
    public static void InterruptGroup(Process process) => Assert.Equal(0, Signal(-process.Id, 2));

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int Signal(int process, int signal);
}
