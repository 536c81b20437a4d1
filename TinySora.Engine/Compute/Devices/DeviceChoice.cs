using System.Globalization;
using TinySora.Engine.Compute.Processes;
using TinySora.Engine.Errors;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Compute.Devices;

public static class DeviceChoice
{
    private static int Gpus => cuda.is_available() ? cuda.device_count() : 0;

    /// <summary>Up to <paramref name="most"/> GPUs where the text names no certain device and there are several; otherwise the one device.</summary>
    /// <exception cref="TinySoraException">UnknownDevice, NoSuchGpu.</exception>
    public static IReadOnlyList<Device> Several(string text, int most)
    {
        var first = Resolve(text);
        return first.type == DeviceType.CUDA && IsAny(text)
            ? [.. Enumerable.Range(0, Math.Clamp(most, 1, Gpus)).Select(index => new Device(DeviceType.CUDA, index))]
            : [first];
    }

    /// <summary>Each of several processes on a machine has a GPU of its own where no certain one is named, as long as there are as many.</summary>
    /// <param name="text">auto (a GPU where there is one), cpu, cuda or cuda:auto, or cuda:N.</param>
    /// <exception cref="TinySoraException">UnknownDevice, NoSuchGpu.</exception>
    public static Device Resolve(string text) => IsProcessor(text) ? CPU : Resolve(text, Gpus, ProcessGroup.Joined.LocalRank);

    /// <param name="localRank">Which process of its machine this is, from 0.</param>
    internal static Device Resolve(string text, int gpus, int localRank)
    {
        var name = text.Trim().ToLowerInvariant();
        if (IsProcessor(text) || (name == "auto" && gpus == 0))
        {
            return CPU;
        }

        if (IsAny(text) && gpus > 0)
        {
            return Gpu(localRank % gpus);
        }

        var number = name is "cuda" or "cuda:auto" ? "0" : name.StartsWith("cuda:", StringComparison.Ordinal) ? name["cuda:".Length..] : "";
        return !int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var index) ? throw RuntimeErrors.UnknownDevice(text)
            : index < gpus ? Gpu(index)
            : throw RuntimeErrors.NoSuchGpu(text, gpus);
    }

    /// <summary>A GPU whose float32 matrix products use TF32, as its convolutions do anyway and as DiT, Latte and nanoGPT ask for.</summary>
    private static Device Gpu(int index)
    {
        backends.cuda.matmul.allow_tf32 = true;
        return new Device(DeviceType.CUDA, index);
    }

    private static bool IsProcessor(string text) => text.Trim().ToLowerInvariant() is "cpu";

    private static bool IsAny(string text) => text.Trim().ToLowerInvariant() is "auto" or "cuda" or "cuda:auto";
}
