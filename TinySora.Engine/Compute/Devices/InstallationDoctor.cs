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

/// <summary>Checks each part that the module needs on this machine. If one part is broken, the others are still checked.</summary>
public static class InstallationDoctor
{
    /// <summary>
    /// Recommended free disk space in bytes. A run of the smallest preset writes about 150 MB, and Install-TinySoraRuntime temporarily needs 2 GB.
    /// </summary>
    private const long EnoughDisk = 2_000_000_000;

    private const string GetLibraries = "Run Install-TinySoraRuntime. If you cloned the repository, run build.sh or build.ps1 again instead.";

    /// <summary>Libraries that every computation requires, in dependency order.</summary>
    private static readonly string[] Libraries = ["c10", "torch_cpu", "torch", "LibTorchSharp"];

    /// <param name="folder">The user's working folder, whose disk is checked.</param>
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
            : Ok("libtorch", $"{runtime!.LibTorchVersion}, {EngineThread.FormatThreads(runtime.Threads)} ({runtime.ThreadReason})");
        if (OperatingSystem.IsLinux())
        {
            yield return LibStdCpp(failure);
        }

        yield return Kernels(runtime);
        if (runtime is not null)
        {
            yield return Ok("oneDNN", ConvolutionBackends.IsOneDnnOff ? "off, because it convolves incorrectly on this machine" : "in use");
            yield return Ok("precision", runtime.AmpReason);
        }

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

    /// <summary>Checks whether the processor supports AVX2, which the fused kernels require.</summary>
    internal static InstallationCheck Processor() =>
        RuntimeInformation.ProcessArchitecture != Architecture.X64 || Avx2.IsSupported
            ? Ok("processor", $"{RuntimeInformation.ProcessArchitecture}, logical cores: {Environment.ProcessorCount}"
                + (Avx512F.IsSupported ? ", AVX-512" : Avx2.IsSupported ? ", AVX2" : ""))
            : Slower("processor", "The processor does not support AVX2.",
                "The fused kernels require AVX2. To use them, run TinySora on a computer from 2013 or later.");

    /// <summary>Checks whether the terminal can show images, and by which method.</summary>
    /// <param name="variable">Returns the value of an environment variable; <c>null</c> if it is not set.</param>
    internal static InstallationCheck Terminal(Func<string, string?> variable) =>
        (TerminalFeatures.Graphics(variable) ?? TerminalGraphics.HalfBlocks, TerminalFeatures.Colors(variable)) switch
        {
            (TerminalGraphics.HalfBlocks, TerminalColors.None) => Missing(
                "terminal", "The terminal supports neither images nor colors.",
                "Open videos in another program, or use a terminal that supports colors and unset the environment variable NO_COLOR."),
            (TerminalGraphics.HalfBlocks, var colors) => Ok("terminal", 
                $"half-block characters in {(colors == TerminalColors.All ? "all" : "256")} colors, or sixels if the terminal reports that it supports them"),
            (var graphics, _) => Ok("terminal", $"images ({(graphics == TerminalGraphics.Kitty ? "Kitty protocol" : "sixels")})"),
        };

    internal static InstallationCheck Disk(string folder, long? free = null)
    {
        try
        {
            var bytes = free ?? new DriveInfo(Path.GetFullPath(folder)).AvailableFreeSpace;
            var detail = $"{Errors.Text.Size(bytes)} are free on the disk of '{folder}'";
            return bytes >= EnoughDisk ? Ok("disk", detail)
                : Missing("disk", detail, "Free up disk space. A small run writes about 150 MB, and Install-TinySoraRuntime temporarily needs 2 GB.");
        }
        catch (Exception e) when (FileFailure.Is(e) || e is ArgumentException)
        {
            return Missing("disk", $"The free space on the disk of '{folder}' cannot be determined: {e.Message}", "Change to a folder on a writable disk.");
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
                ? Ok(name, $"'{file}', {Errors.Text.Size(new FileInfo(file).Length)}")
                : Failed(name, "The library is neither next to the module nor installed.", GetLibraries);
        }
        catch (TinySoraException e)
        {
            return Failed(name, e.Message, e.Advice ?? GetLibraries);
        }
    }

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
            ? Failed("libstdc++", "The C++ library of this system is too old for libtorch.", "Use Debian 12, Ubuntu 22.04, RHEL 9 or later.")
            : Ok("libstdc++", NativeLoading.IsPatched ? "older than TorchSharp's library requires, so that library was patched in memory" : "new enough");

    private static InstallationCheck Kernels(RuntimeInfo? runtime)
    {
        if (runtime is null)
        {
            return Missing("kernels", "The fused kernels require libtorch, which cannot be loaded.", GetLibraries);
        }

        var found = KernelLibrary.Instance;
        return found.Problem is string problem
            ? Slower(
                "kernels", $"{problem.TrimEnd('.')}.",
                $"{found.Advice} Without the fused kernels, computing on the CPU takes two to three times as long.".TrimStart())
            : Ok("kernels", $"fused, for {found.Processors}");
    }

    private static InstallationCheck Gpu(RuntimeInfo? runtime) =>
        runtime?.Gpus.Count > 0 ? Ok("GPU", $"{runtime.Gpus}")
        : RuntimeInstaller.HasNvidia() ? Slower(
            "GPU", "NVIDIA's driver is installed, but libtorch cannot use a GPU.",
            "Run Install-TinySoraRuntime -Backend cuda. If you cloned the repository, build it again instead.")
        : Ok("GPU", "none; TinySora uses the CPU");

    private static InstallationCheck Cudnn()
    {
        try
        {
            return CudnnFiles.FirstMissing(NativeLoading.Folders(InstalledRuntime.Read())) is string missing
                ? Failed("cuDNN", $"'{missing}' is missing, but other parts of cuDNN are installed.", "Run Install-TinySoraRuntime -Backend cuda -Force.")
                : Ok("cuDNN", "complete, or not installed");
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
            return Missing("ffmpeg", $"{e.Message} Everything else works.", e.Advice!);
        }
    }

    [System.Runtime.Versioning.SupportedOSPlatform("windows")]
    private static InstallationCheck LongPaths() =>
        Registry.GetValue(@"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\FileSystem", "LongPathsEnabled", 0) is 1
            ? Ok("long paths", "allowed")
            : Missing("long paths", "Programs such as ffmpeg cannot open paths longer than 260 characters.",
                @"As administrator, run: Set-ItemProperty HKLM:\SYSTEM\CurrentControlSet\Control\FileSystem LongPathsEnabled 1");
}

/// <param name="Name">Name of the part or file that was checked.</param>
/// <param name="Detail">What was found.</param>
/// <param name="Advice">How to fix it; <c>null</c> if nothing needs fixing.</param>
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

    /// <summary>Everything works, but more slowly than it could on this machine.</summary>
    Slower,

    /// <summary>One part of the module does not work, but the rest does.</summary>
    Missing,

    /// <summary>Models can neither be trained nor used.</summary>
    Failed,
}
