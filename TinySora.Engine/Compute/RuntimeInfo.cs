using System.Diagnostics;
using TinySora.Engine.Errors;
using TinySora.Engine.Interop;
using TinySora.Engine.Media;
using TorchSharp;

namespace TinySora.Engine.Compute;

/// <summary>What this process computes with.</summary>
/// <param name="Flavor">System (TinySora.LibTorch over an installed libtorch) or TorchSharp (the packages).</param>
/// <param name="Blas">The linear algebra library that was loaded; it decides the speed on a CPU.</param>
/// <param name="Kernels">fused: computing on the CPU goes through kernels of our own; otherwise why it is composed of libtorch's operators.</param>
/// <param name="Threads">Threads that tensor work uses.</param>
/// <param name="ThreadReason">Why there are so many.</param>
/// <param name="Gpus">Names that -Device takes.</param>
/// <param name="Warnings">What costs speed or is missing, and what to do about it.</param>
public sealed record RuntimeInfo(
    string Flavor,
    string LibTorchVersion,
    string? LibTorchPath,
    string Blas,
    string Kernels,
    int Threads,
    string ThreadReason,
    int Processors,
    TextList<string> Gpus,
    bool HasBFloat16,
    string? FFmpegPath,
    TextList<string> Warnings)
{
    /// <summary>Loads libtorch, if it was not yet, and looks.</summary>
    public static RuntimeInfo Read() => EngineThread.Run(() =>
    {
        var threads = torch.get_num_threads();
        var gpus = torch.cuda.is_available() ? torch.cuda.device_count() : 0;
        var libraries = LoadedLibraries();
        var warnings = new List<string>();
        var ffmpeg = FindFFmpeg(warnings);
        return new RuntimeInfo(
            TorchBuild.Flavor,
            TorchBuild.Version,
            libraries.FirstOrDefault(path => Path.GetFileName(path).Contains("torch_cpu", StringComparison.Ordinal)),
            FindBlas(libraries, warnings),
            KernelLibrary.Found.Problem is { } problem ? $"none: {problem}" : "fused",
            threads,
            EngineThread.ThreadReason(),
            Environment.ProcessorCount,
            [.. Enumerable.Range(0, gpus).Select(index => $"cuda:{index}")],
            Precision.IsBFloat16Fast(torch.CPU),
            ffmpeg,
            [.. warnings]);
    });

    /// <summary>
    /// libtorch of a distribution takes whatever BLAS is installed. The reference BLAS is four times slower than OpenBLAS,
    /// and OpenBLAS with threads of its own competes with those of libtorch.
    /// </summary>
    internal static string FindBlas(IReadOnlyList<string> libraries, List<string> warnings)
    {
        var found = libraries.Where(path => IsBlas(Path.GetFileName(path))).Distinct().ToList();
        if (found.Count == 0)
        {
            return "inside libtorch";
        }

        var slow = found.Where(path => !path.Contains("openmp", StringComparison.Ordinal)
            && !path.Contains("mkl", StringComparison.Ordinal)).ToList();
        if (slow.Count > 0)
        {
            warnings.Add($"libtorch uses {string.Join(" and ", slow)}, which makes training several times slower than the "
                + "OpenMP build of OpenBLAS. Install it: apt-get install libopenblas0-openmp");
        }

        return string.Join(", ", found);

        static bool IsBlas(string name) => name.StartsWith("libblas", StringComparison.Ordinal)
            || name.StartsWith("libopenblas", StringComparison.Ordinal) || name.StartsWith("libmkl_rt", StringComparison.Ordinal);
    }

    /// <summary>What makes computing on this processor slower than it need be; to be asked once libtorch is loaded.</summary>
    internal static IReadOnlyList<string> SlowLibraries()
    {
        var warnings = new List<string>();
        FindBlas(LoadedLibraries(), warnings);
        return warnings;
    }

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
}
