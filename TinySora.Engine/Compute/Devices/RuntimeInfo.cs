using System.Diagnostics;
using TinySora.Engine.Compute.Native;
using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Errors;
using TinySora.Engine.Formats;
using TinySora.Engine.Media.Video;
using TorchSharp;

namespace TinySora.Engine.Compute.Devices;

/// <summary>The processor, libraries and devices that this process uses.</summary>
/// <param name="Kernels"><c>fused</c> if the module's own kernels run on the CPU; otherwise the reason why libtorch's operators are used instead.</param>
/// <param name="Threads">Number of threads for tensor operations.</param>
/// <param name="ThreadReason">Why this number of threads was chosen.</param>
/// <param name="Gpus">GPU names that -Device accepts.</param>
/// <param name="AmpPrecision">Precision that <c>trainer.amp: true</c> uses on the CPU: float32 or bfloat16.</param>
/// <param name="AmpReason">Why this precision was chosen.</param>
/// <param name="Warnings">Warnings about missing parts, such as ffmpeg. Each warning includes advice.</param>
public sealed record RuntimeInfo(
    string LibTorchVersion,
    string? LibTorchPath,
    string Kernels,
    int Threads,
    string ThreadReason,
    int Processors,
    TextList<string> Gpus,
    string AmpPrecision,
    string AmpReason,
    string? FFmpegPath,
    TextList<string> Warnings)
{
    /// <summary>Collects the information, and loads libtorch first if necessary.</summary>
    public static RuntimeInfo Read() => EngineThread.Run(() =>
    {
        var threads = torch.get_num_threads();
        var warnings = new List<string>();
        var ffmpeg = FindFFmpeg(warnings);
        return new RuntimeInfo(
            TorchBuild.Version,
            LoadedLibraries().Find(path => Path.GetFileName(path).Contains("torch_cpu", StringComparison.Ordinal)),
            KernelLibrary.Instance.Problem is { } problem ? $"none: {problem}" : "fused",
            threads,
            EngineThread.GetThreadCountReason(),
            Environment.ProcessorCount,
            FindGpus(),
            MixedPrecisionPolicy.IsBFloat16Faster(torch.CPU) ? "bfloat16" : "float32",
            PrecisionSpeed.Here.Reason,
            ffmpeg,
            [.. warnings]);
    });

    /// <summary>Returns the names of the GPUs that libtorch finds, and loads libtorch first if necessary.</summary>
    public static TextList<string> FindGpus() => EngineThread.Run(() =>
        new TextList<string>(Enumerable.Range(0, torch.cuda.is_available() ? torch.cuda.device_count() : 0).Select(index => $"cuda:{index}")));

    private static List<string> LoadedLibraries()
    {
        using var process = Process.GetCurrentProcess();
        return [.. process.Modules.Cast<ProcessModule>().Select(module => module.FileName)];
    }

    private static string? FindFFmpeg(List<string> warnings)
    {
        try
        {
            return FFmpeg.Find();
        }
        catch (TinySoraException e)
        {
            warnings.Add($"{e.Message} {e.Advice}");
            return null;
        }
    }

    public override string ToString() => $"libtorch {LibTorchVersion}, {EngineThread.FormatThreads(Threads)}{(Gpus.Count == 0 ? "" : ", ")}{Gpus}";
}

/// <summary>The build of libtorch that this process uses.</summary>
public static class TorchBuild
{
    public static string Version => torch.__version__;
}
