using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using Microsoft.Win32;
using TinySora.Engine.Compute.Native;
using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Errors;
using TinySora.Engine.Installation;
using TinySora.Engine.Media.Terminal;
using TinySora.Engine.Media.Video;
using static TinySora.Engine.Compute.Devices.InstallationCheck;

namespace TinySora.Engine.Compute.Devices;

/// <summary>Looks at everything that the module needs of a machine, one part after the other. No part that is broken hides another.</summary>
public static class InstallationDoctor
{
    /// <summary>A run of the smallest preset keeps some 150 MB, and libtorch's packages take a gigabyte while they are unpacked.</summary>
    private const long EnoughDisk = 2_000_000_000;

    private const string GetLibraries = "Run Install-TinySoraRuntime; in a clone build again with build.sh or build.ps1.";

    /// <summary>The libraries without which nothing computes, in the order in which they need each other.</summary>
    private static readonly string[] Libraries = ["c10", "torch_cpu", "torch", "LibTorchSharp"];

    /// <param name="folder">Where the user works, whose disk is looked at.</param>
    public static IEnumerable<InstallationCheck> Examine(string folder)
    {
        yield return Module();
        yield return Processor();
        foreach (var library in Libraries)
        {
            yield return OfFile(library);
        }

        var runtime = Runtime(out var failure);
        yield return failure is not null
            ? Failed("libtorch", failure.Message, failure.Advice!)
            : Ok("libtorch", $"{runtime!.LibTorchVersion}, {EngineThread.Words(runtime.Threads)} ({runtime.ThreadReason})");
        if (OperatingSystem.IsLinux())
        {
            yield return LibStdCpp(failure);
        }

        yield return Kernels(runtime);
        yield return Gpu(runtime);
        yield return Cudnn();
        yield return Ffmpeg();
        yield return Disk(folder);
        if (OperatingSystem.IsWindows())
        {
            yield return LongPaths();
        }

        yield return Terminal(Environment.GetEnvironmentVariable);
    }

    /// <summary>Whether libtorch's kernels run at full speed: its packages are made for AVX2.</summary>
    internal static InstallationCheck Processor() =>
        RuntimeInformation.ProcessArchitecture != Architecture.X64 || Avx2.IsSupported
            ? Ok("processor", $"{RuntimeInformation.ProcessArchitecture}, {Environment.ProcessorCount} logical cores"
                + (Avx512F.IsSupported ? ", AVX-512" : Avx2.IsSupported ? ", AVX2" : ""))
            : Slower("processor", "It has no AVX2.", "Use a computer of 2013 or later: without AVX2 there are no kernels, and libtorch is slower.");

    /// <summary>How pictures can be shown in a terminal.</summary>
    /// <param name="variable">The value of an environment variable; null: it is not set.</param>
    internal static InstallationCheck Terminal(Func<string, string?> variable) =>
        (TerminalFeatures.Graphics(variable) ?? TerminalGraphics.HalfBlocks, TerminalFeatures.Colors(variable)) switch
        {
            (TerminalGraphics.HalfBlocks, TerminalColors.None) => Missing(
                "terminal", "It says that it shows neither pictures nor colours.",
                "Open the files that Show-TinySoraVideo would show, or use a terminal with colours; NO_COLOR must not be set."),
            (TerminalGraphics.HalfBlocks, var colors) => Ok("terminal", 
                $"half-block characters in {(colors == TerminalColors.All ? "all" : "256")} colours, or sixels where it answers that it takes them"),
            (var graphics, _) => Ok("terminal", $"pictures, as {(graphics == TerminalGraphics.Kitty ? "Kitty's" : "sixels")}"),
        };

    internal static InstallationCheck Disk(string folder, long? free = null)
    {
        try
        {
            var bytes = free ?? new DriveInfo(Path.GetFullPath(folder)).AvailableFreeSpace;
            var detail = FormattableString.Invariant($"{bytes / 1e9:0.0} GB are free for '{folder}'");
            return bytes >= EnoughDisk ? Ok("disk", detail)
                : Missing("disk", detail, "Free some: a small run writes some 150 MB, and Install-TinySoraRuntime needs 2 GB for a while.");
        }
        catch (Exception e) when (FileFailure.Is(e) || e is ArgumentException)
        {
            return Missing("disk", $"That of '{folder}' cannot be asked: {e.Message}", "Change to a folder on a disk that you may write to.");
        }
    }

    private static InstallationCheck Module()
    {
        var assembly = typeof(InstallationDoctor).Assembly;
        return Ok("module", $"{assembly.GetName().Version?.ToString(3)} in '{InstalledRuntime.ModuleFolder}', {RuntimeInformation.FrameworkDescription}, "
            + RuntimeInformation.OSDescription);
    }

    private static InstallationCheck OfFile(string library)
    {
        var name = NativeFile.Of(library);
        try
        {
            var installed = InstalledRuntime.Read();
            installed?.Check();
            return NativeFile.Find(NativeLoading.Folders(installed), library) is string file
                ? Ok(name, $"'{file}', {Size(new FileInfo(file).Length)}")
                : Failed(name, "It is neither beside the module nor installed.", GetLibraries);
        }
        catch (TinySoraException e)
        {
            return Failed(name, e.Message, e.Advice ?? GetLibraries);
        }
    }

    private static string Size(long bytes) =>
        bytes < 1e6 ? FormattableString.Invariant($"{bytes / 1e3:0.0} kB") : FormattableString.Invariant($"{bytes / 1e6:0.0} MB");

    private static RuntimeInfo? Runtime(out TinySoraException? failure)
    {
        try
        {
            failure = null;
            return RuntimeInfo.Read();
        }
        catch (TinySoraException e)
        {
            failure = e;
            return null;
        }
    }

    private static InstallationCheck LibStdCpp(TinySoraException? failure) =>
        failure?.Message.Contains("GLIBC", StringComparison.Ordinal) == true
            ? Failed("libstdc++", "It is too old for libtorch.", "Use Debian 12, Ubuntu 22.04, RHEL 9 or later.")
            : Ok("libstdc++", NativeLoading.IsMended ? "older than libtorch's compiler, which is made good in memory" : "new enough");

    private static InstallationCheck Kernels(RuntimeInfo? runtime)
    {
        if (runtime is null)
        {
            return Missing("kernels", "They need libtorch.", GetLibraries);
        }

        var found = KernelLibrary.Found;
        return found.Problem is string problem
            ? Slower("kernels", problem, "Without them the processor takes two to three times as long; " + GetLibraries)
            : Ok("kernels", $"fused, for {found.Processors}");
    }

    private static InstallationCheck Gpu(RuntimeInfo? runtime) =>
        runtime?.Gpus.Count > 0 ? Ok("GPU", $"{runtime.Gpus}")
        : RuntimeInstaller.HasNvidia() ? Slower(
            "GPU", "NVIDIA's driver is there, but libtorch can use no GPU.", "Run Install-TinySoraRuntime -Backend cuda; in a clone build again.")
        : Ok("GPU", "none; the processor computes");

    private static InstallationCheck Cudnn()
    {
        try
        {
            return CudnnFiles.FirstMissing(NativeLoading.Folders(InstalledRuntime.Read())) is string missing
                ? Failed("cuDNN", $"'{missing}' is missing, and other parts are there.", "Run Install-TinySoraRuntime -Backend cuda -Force.")
                : Ok("cuDNN", "no part of it is missing beside others");
        }
        catch (TinySoraException e)
        {
            return Failed("cuDNN", e.Message, e.Advice ?? GetLibraries);
        }
    }

    private static InstallationCheck Ffmpeg()
    {
        try
        {
            return Ok("ffmpeg", $"'{FFmpeg.Find()}'");
        }
        catch (TinySoraException e)
        {
            return Missing("ffmpeg", $"{e.Message} Everything but video files works.", e.Advice!);
        }
    }

    [System.Runtime.Versioning.SupportedOSPlatform("windows")]
    private static InstallationCheck LongPaths() =>
        Registry.GetValue(@"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\FileSystem", "LongPathsEnabled", 0) is 1
            ? Ok("long paths", "allowed")
            : Missing("long paths", "Windows refuses paths of more than 260 characters.",
                @"As administrator: Set-ItemProperty HKLM:\SYSTEM\CurrentControlSet\Control\FileSystem LongPathsEnabled 1");
}

/// <param name="Name">The part that was looked at, or the file.</param>
/// <param name="Detail">What was found.</param>
/// <param name="Advice">What mends it; null: nothing is to be mended.</param>
public sealed record InstallationCheck(string Name, InstallationState State, string Detail, string? Advice)
{
    internal static InstallationCheck Ok(string name, string detail) => new(name, InstallationState.Ok, detail, null);

    internal static InstallationCheck Slower(string name, string detail, string advice) => new(name, InstallationState.Slower, detail, advice);

    internal static InstallationCheck Missing(string name, string detail, string advice) => new(name, InstallationState.Missing, detail, advice);

    internal static InstallationCheck Failed(string name, string detail, string advice) => new(name, InstallationState.Failed, detail, advice);

    public override string ToString() => $"{Name}: {State}, {Detail}{(Advice is null ? "" : $" {Advice}")}";
}

public enum InstallationState
{
    Ok,

    /// <summary>Everything works, though slower than this machine could.</summary>
    Slower,

    /// <summary>A part of the module does not work; the rest does.</summary>
    Missing,

    /// <summary>No model can be trained or used.</summary>
    Failed,
}
