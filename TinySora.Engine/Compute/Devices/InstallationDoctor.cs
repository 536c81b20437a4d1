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

/// <summary>Checks each part that the module needs on a machine. The other parts are still checked if one is broken.</summary>
public static class InstallationDoctor
{
    /// <summary>
    /// Recommended free disk space in bytes. A run of the smallest preset writes about 150 MB, and unpacking the libtorch packages takes 1 GB.
    /// </summary>
    private const long EnoughDisk = 2_000_000_000;

    private const string GetLibraries = "Run Install-TinySoraRuntime; in a clone, run build.sh or build.ps1 again.";

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

    /// <summary>Checks whether the processor has AVX2, which libtorch needs to run at full speed.</summary>
    internal static InstallationCheck Processor() =>
        RuntimeInformation.ProcessArchitecture != Architecture.X64 || Avx2.IsSupported
            ? Ok("processor", $"{RuntimeInformation.ProcessArchitecture}, {Environment.ProcessorCount} logical cores"
                + (Avx512F.IsSupported ? ", AVX-512" : Avx2.IsSupported ? ", AVX2" : ""))
            : Slower("processor", "It does not support AVX2.", "Use a computer from 2013 or later: without AVX2 there are no fused kernels.");

    /// <summary>Checks how the terminal can show images.</summary>
    /// <param name="variable">Returns the value of an environment variable; <c>null</c> if it is not set.</param>
    internal static InstallationCheck Terminal(Func<string, string?> variable) =>
        (TerminalFeatures.Graphics(variable) ?? TerminalGraphics.HalfBlocks, TerminalFeatures.Colors(variable)) switch
        {
            (TerminalGraphics.HalfBlocks, TerminalColors.None) => Missing(
                "terminal", "It supports neither pictures nor colours.",
                "Open video files in another program, or use a terminal with colours and unset NO_COLOR."),
            (TerminalGraphics.HalfBlocks, var colors) => Ok("terminal", 
                $"half-block characters in {(colors == TerminalColors.All ? "all" : "256")} colours, or sixels if the terminal reports support for them"),
            (var graphics, _) => Ok("terminal", $"pictures ({(graphics == TerminalGraphics.Kitty ? "Kitty protocol" : "sixels")})"),
        };

    internal static InstallationCheck Disk(string folder, long? free = null)
    {
        try
        {
            var bytes = free ?? new DriveInfo(Path.GetFullPath(folder)).AvailableFreeSpace;
            var detail = FormattableString.Invariant($"{bytes / 1e9:0.0} GB are free for '{folder}'");
            return bytes >= EnoughDisk ? Ok("disk", detail)
                : Missing("disk", detail, "Free some space: a small run writes about 150 MB, and Install-TinySoraRuntime temporarily needs 2 GB.");
        }
        catch (Exception e) when (FileFailure.Is(e) || e is ArgumentException)
        {
            return Missing("disk", $"The free space for '{folder}' cannot be determined: {e.Message}", "Change to a folder on a writable disk.");
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
                : Failed(name, "It is neither next to the module nor installed.", GetLibraries);
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
            : Ok("libstdc++", NativeLoading.IsPatched ? "older than libtorch's compiler; patched in memory" : "new enough");

    private static InstallationCheck Kernels(RuntimeInfo? runtime)
    {
        if (runtime is null)
        {
            return Missing("kernels", "They require libtorch.", GetLibraries);
        }

        var found = KernelLibrary.Instance;
        return found.Problem is string problem
            ? Slower("kernels", problem, "Computing on the processor takes two to three times as long without them. " + GetLibraries)
            : Ok("kernels", $"fused, for {found.Processors}");
    }

    private static InstallationCheck Gpu(RuntimeInfo? runtime) =>
        runtime?.Gpus.Count > 0 ? Ok("GPU", $"{runtime.Gpus}")
        : RuntimeInstaller.HasNvidia() ? Slower(
            "GPU", "NVIDIA's driver is installed, but libtorch cannot use a GPU.", "Run Install-TinySoraRuntime -Backend cuda; in a clone, build again.")
        : Ok("GPU", "none; TinySora computes on the processor");

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
            return Missing("ffmpeg", $"{e.Message} Everything works except video files.", e.Advice!);
        }
    }

    [System.Runtime.Versioning.SupportedOSPlatform("windows")]
    private static InstallationCheck LongPaths() =>
        Registry.GetValue(@"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\FileSystem", "LongPathsEnabled", 0) is 1
            ? Ok("long paths", "allowed")
            : Missing("long paths", "Windows rejects paths longer than 260 characters.",
                @"As administrator, run: Set-ItemProperty HKLM:\SYSTEM\CurrentControlSet\Control\FileSystem LongPathsEnabled 1");
}

/// <param name="Name">The part or file that was checked.</param>
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

    /// <summary>Everything works, but slower than it could on this machine.</summary>
    Slower,

    /// <summary>One part of the module does not work, but the rest does.</summary>
    Missing,

    /// <summary>Models can neither be trained nor used.</summary>
    Failed,
}
