using System.Diagnostics;
using System.Net.NetworkInformation;
using System.Runtime.InteropServices;

namespace TinySora.Tests;

/// <summary>Requirements of tests. If one is missing, the test is skipped with a reason.</summary>
internal static class Needs
{
    private static readonly Dictionary<string, bool> Launchers = [];

    public static void Program(string name) => Assert.SkipWhen(Find(name) is null, $"{name} is not on the PATH.");

    /// <summary>Requires the font Noto Color Emoji where Debian installs it.</summary>
    public static void EmojiFont() => Assert.SkipUnless(
        File.Exists("/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf"), "The font Noto Color Emoji is not installed.");

    private static bool IsWine { get; } =
        OperatingSystem.IsWindows() && NativeLibrary.TryGetExport(NativeLibrary.Load("ntdll.dll"), "wine_get_version", out _);

    /// <summary>Path of Python; <c>null</c> if it is not installed.</summary>
    public static string? Python => Find("python3", "python");

    /// <summary>Requires a Python package.</summary>
    public static void PythonModule(string name)
    {
        Assert.SkipWhen(Python is null, "python3 is not on the PATH.");
        using var process = Process.Start(new ProcessStartInfo(Python!, ["-c", $"import {name}"]) { RedirectStandardError = true })!;
        process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.SkipUnless(process.ExitCode == 0, $"{Python} has no package {name}.");
    }

    /// <summary>Requires ffmpeg and ffprobe, for video files.</summary>
    public static void FFmpeg()
    {
        Program("ffmpeg");
        Program("ffprobe");
    }

    /// <summary>
    /// Requires a working launcher of an MPI library, by Debian's name for parallel installations. A launcher may fail, for example, because the
    /// machine's name does not resolve or shared memory is missing.
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

    /// <summary>Options with which Open MPI lets root start more processes than there are cores.</summary>
    public static IReadOnlyList<string> MpiOptions(string name) => name == "openmpi" ? ["--allow-run-as-root", "--oversubscribe"] : [];

    /// <summary>Requires /proc of Linux; wine shows it, too.</summary>
    public static void Proc() => Assert.SkipUnless(OperatingSystem.IsLinux() && File.Exists("/proc/self/environ"), "Only Linux has /proc.");

    /// <param name="what">Feature that only Unix has.</param>
    public static void Unix(string what) => Assert.SkipWhen(OperatingSystem.IsWindows(), $"Windows has no {what}.");

    /// <summary>Requires SIGHUP, which processes under nohup ignore.</summary>
    public static void Hangup()
    {
        Unix("SIGHUP");
        var ignored = File.Exists("/proc/self/status") ? File.ReadLines("/proc/self/status").Single(line => line.StartsWith("SigIgn:")) : "0";
        Assert.SkipWhen((Convert.ToInt32(ignored[^1..], 16) & 1) == 1, "SIGHUP is ignored here, as under nohup.");
    }

    /// <param name="what">Feature that only Windows has.</param>
    public static void Windows(string what) => Assert.SkipUnless(OperatingSystem.IsWindows(), $"Only Windows has {what}.");

    /// <summary>Requires that the system can list its network interfaces.</summary>
    public static void Interfaces()
    {
        try
        {
            NetworkInterface.GetAllNetworkInterfaces();
        }
        catch (NetworkInformationException e)
        {
            Assert.Skip($"This system cannot list its network interfaces: {e.Message}");
        }
    }

    /// <summary>Requires that memory growth is measurable, whatever the process has computed before.</summary>
    public static void Growth() =>
        Assert.SkipWhen(OperatingSystem.IsWindows(), "libtorch for Windows keeps freed memory; reusing it does not show as growth.");

    /// <summary>Requires that C++ exceptions run destructors.</summary>
    public static void Destructors() => Assert.SkipWhen(IsWine, "wine skips destructors when libtorch throws, so gradients stay disabled on that thread.");

    /// <summary>Requires that libtorch writes nothing to standard error when it is loaded.</summary>
    public static void Silence() => Assert.SkipWhen(
        IsWine, "Under wine, libtorch reports a missing number of cores on standard error, which a job treats as a failure.");

    /// <summary>Requires symbolic links, which need a privilege on Windows.</summary>
    public static void Links(string folder)
    {
        var link = Path.Combine(folder, "link-or-not");
        try
        {
            File.CreateSymbolicLink(link, folder);
            // wine reports success without creating one.
            Assert.SkipWhen(new FileInfo(link).LinkTarget is null, "This system does not create symbolic links.");
            File.Delete(link);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Assert.Skip($"This user cannot create symbolic links: {e.Message}");
        }
    }

    /// <summary>Returns the full path of a program on the PATH, or <c>null</c>.</summary>
    public static string? Find(params string[] names) => names
        .SelectMany(name => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Where(folder => folder.Length > 0)
            .SelectMany(folder => new[] { Path.Combine(folder, name), Path.Combine(folder, name + ".exe") }))
        .FirstOrDefault(File.Exists);
}
