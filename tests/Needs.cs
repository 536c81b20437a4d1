using System.Diagnostics;
using System.Net.NetworkInformation;
using System.Runtime.InteropServices;

namespace TinySora.Tests;

/// <summary>What a test cannot do without. Where that is missing the test is skipped, by name and with the reason, and never passes.</summary>
internal static class Needs
{
    private static readonly Dictionary<string, bool> Launchers = [];

    public static void Program(string name) => Assert.SkipWhen(Find(name) is null, $"{name} is not on the PATH.");

    private static bool IsWine { get; } =
        OperatingSystem.IsWindows() && NativeLibrary.TryGetExport(NativeLibrary.Load("ntdll.dll"), "wine_get_version", out _);

    /// <summary>The Python of this machine; null: it has none.</summary>
    public static string? Python => Find("python3", "python");

    /// <summary>A package of Python's.</summary>
    public static void PythonModule(string name)
    {
        Assert.SkipWhen(Python is null, "python3 is not on the PATH.");
        using var process = Process.Start(new ProcessStartInfo(Python!, ["-c", $"import {name}"]) { RedirectStandardError = true })!;
        process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.SkipUnless(process.ExitCode == 0, $"{Python} has no package {name}.");
    }

    /// <summary>ffmpeg with ffprobe, for video files.</summary>
    public static void FFmpeg()
    {
        Program("ffmpeg");
        Program("ffprobe");
    }

    /// <summary>
    /// The launcher of an MPI library, as Debian names it where several are installed. Where it cannot start anything, for want of a name of
    /// the machine or of shared memory, that says nothing of what it would start.
    /// </summary>
    public static void Mpi(string name)
    {
        Program($"mpiexec.{name}");
        if (!Launchers.TryGetValue(name, out var starts))
        {
            ProcessStartInfo start = new(Find($"mpiexec.{name}")!, [.. MpiOptions(name), "-n", "2", "true"]) { RedirectStandardError = true };
            using var process = Process.Start(start)!;
            Launchers[name] = starts = process.WaitForExit(TimeSpan.FromSeconds(30)) && process.ExitCode == 0;
        }

        Assert.SkipUnless(starts, $"mpiexec.{name} cannot start two processes here.");
    }

    /// <summary>Open MPI would not have root start more processes than there are cores.</summary>
    public static IReadOnlyList<string> MpiOptions(string name) => name == "openmpi" ? ["--allow-run-as-root", "--oversubscribe"] : [];

    /// <summary>Files that tell of every process; wine has them, too, of processes of Linux.</summary>
    public static void Proc() => Assert.SkipUnless(OperatingSystem.IsLinux() && File.Exists("/proc/self/environ"), "Only Linux tells of its processes in /proc.");

    /// <param name="what">What only Unix has.</param>
    public static void Unix(string what) => Assert.SkipWhen(OperatingSystem.IsWindows(), $"Windows has no {what}.");

    /// <summary>SIGHUP, which all that was started under nohup ignores.</summary>
    public static void Hangup()
    {
        Unix("SIGHUP");
        var ignored = File.Exists("/proc/self/status") ? File.ReadLines("/proc/self/status").Single(line => line.StartsWith("SigIgn:")) : "0";
        Assert.SkipWhen((Convert.ToInt32(ignored[^1..], 16) & 1) == 1, "SIGHUP is ignored here, as under nohup.");
    }

    /// <param name="what">What only Windows has.</param>
    public static void Windows(string what) => Assert.SkipUnless(OperatingSystem.IsWindows(), $"Only Windows has {what}.");

    /// <summary>A network whose interfaces the system tells.</summary>
    public static void Interfaces()
    {
        try
        {
            NetworkInterface.GetAllNetworkInterfaces();
        }
        catch (NetworkInformationException e)
        {
            Assert.Skip($"This system does not tell its network interfaces: {e.Message}");
        }
    }

    /// <summary>Memory that is seen to grow by what is computed, whatever the process has computed before.</summary>
    public static void Growth() =>
        Assert.SkipWhen(OperatingSystem.IsWindows(), "libtorch for Windows keeps what other tests freed; used again, it is not seen as growth.");

    /// <summary>Exceptions of C++ that leave nothing undone.</summary>
    public static void Destructors() => Assert.SkipWhen(IsWine, "wine skips what libtorch undoes when it throws, and gradients stay off on that thread.");

    /// <summary>A libtorch that says nothing on standard error when it is loaded.</summary>
    public static void Silence() => Assert.SkipWhen(
        IsWine, "wine does not tell libtorch how many cores the processor has, libtorch says so on standard error, and a job takes that for a failure.");

    /// <summary>Symbolic links: on Windows a privilege.</summary>
    public static void Links(string folder)
    {
        var link = Path.Combine(folder, "link-or-not");
        try
        {
            File.CreateSymbolicLink(link, folder);
            // wine says that it made one, and makes none.
            Assert.SkipWhen(new FileInfo(link).LinkTarget is null, "This system makes no symbolic links.");
            File.Delete(link);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Assert.Skip($"This user cannot make symbolic links: {e.Message}");
        }
    }

    /// <summary>The full path of a program on the PATH, or null.</summary>
    public static string? Find(params string[] names) => names
        .SelectMany(name => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Where(folder => folder.Length > 0)
            .SelectMany(folder => new[] { Path.Combine(folder, name), Path.Combine(folder, name + ".exe") }))
        .FirstOrDefault(File.Exists);
}
