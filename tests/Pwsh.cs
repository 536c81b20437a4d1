using System.Diagnostics;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace TinySora.Tests;

/// <summary>Starts PowerShell with the module as a separate process, as a shell or a scheduler does.</summary>
internal static class Pwsh
{
    /// <summary>Timeout, many times longer than the slowest process on the slowest machine.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    /// <summary>Message of libtorch under wine, which does not report the number of cores.</summary>
    private const string OfWine = "Error in cpuinfo: failed to query size of processor cores information: error 1\r\n";

    /// <summary>Folder of PowerShell's program, assemblies and modules.</summary>
    public static string Folder { get; } = typeof(Pwsh).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "PowerShell").Value!;

    public static string Program { get; } = Path.Combine(Folder, OperatingSystem.IsWindows() ? "pwsh.exe" : "pwsh");

    /// <summary>Beginning of a command line; commands follow as words. The environment variable TINYSORA_MODULE names the module's folder.</summary>
    public static IReadOnlyList<string> CommandLine { get; } =
        [Program, "-NoProfile", "-NonInteractive", "-Command", "Import-Module $env:TINYSORA_MODULE/TinySora.psd1 -ErrorAction Stop;"];

    /// <summary><see cref="CommandLine"/> quoted for a shell.</summary>
    public static string ShellLine { get; } = string.Join(' ', CommandLine.Select(word => $"'{word}'"));

    /// <param name="folder">Working directory.</param>
    /// <param name="module">Folder of the module to load.</param>
    public static Process Start(string folder, string module, params string[] args) => Start(CommandLine[0], [.. CommandLine.Skip(1), .. args], folder, module);

    /// <summary>Starts PowerShell through another program.</summary>
    public static Process Start(string program, IReadOnlyList<string> args, string folder, string module)
    {
        ProcessStartInfo start = new(program, args)
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            CreateNoWindow = true, // wine provides the console that PowerShell needs only to such programs
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

    /// <summary>Fails with a process's output if the process has ended, while a test waits for it.</summary>
    public static void AssertRunning(Process process)
    {
        if (process.HasExited)
        {
            Assert.Fail($"The process ended early: {Finish(process)}");
        }
    }

    /// <summary>Closes a process's input and waits for its end. After a timeout, kills the process and its children.</summary>
    public static (int Code, string Output, string Error) Finish(Process process)
    {
        using var limit = new Timer(_ => process.Kill(entireProcessTree: true), null, Longest, Timeout.InfiniteTimeSpan);
        process.StandardInput.Close();
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result.Replace(OfWine, "", StringComparison.Ordinal));
    }

    /// <summary>Asserts that the output contains these words, however the console wraps and indents its lines.</summary>
    public static void AssertContains(string words, string written) => Assert.Matches(string.Join(@"[\s|]+", words.Split(' ').Select(Regex.Escape)), written);

    /// <summary>Sends SIGTERM with a system call, because minimal systems have no kill program.</summary>
    public static void Terminate(Process process, string signal = "TERM") => Assert.Equal(0, Signal(process.Id, signal == "HUP" ? 1 : 15));

    /// <summary>Sends SIGINT to a process group, as a terminal does on Ctrl+C.</summary>
    public static void InterruptGroup(Process process) => Assert.Equal(0, Signal(-process.Id, 2));

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int Signal(int process, int signal);
}
