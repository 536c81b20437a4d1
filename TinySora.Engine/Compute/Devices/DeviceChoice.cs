using System.Globalization;
using TinySora.Engine.Compute.Processes;
using TinySora.Engine.Errors;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Compute.Devices;

public static class DeviceChoice
{
    private static int Gpus => cuda.is_available() ? cuda.device_count() : 0;

    /// <summary>
    /// Returns up to <paramref name="most"/> GPUs if GPUs are available and <paramref name="text"/> does not specify a particular device; otherwise a single
    /// device.
    /// </summary>
    /// <exception cref="TinySoraException">UnknownDevice, NoSuchGpu.</exception>
    public static IReadOnlyList<Device> ResolveMultiple(string text, int most)
    {
        var first = Resolve(text);
        return first.type == DeviceType.CUDA && IsAny(text)
            ? [.. Enumerable.Range(0, Math.Clamp(most, 1, Gpus)).Select(index => new Device(DeviceType.CUDA, index))]
            : [first];
    }

    /// <summary>
    /// Resolves a device name. If the name does not specify a particular GPU, each process on a machine gets its own GPU, as long as there are enough.
    /// </summary>
    /// <param name="text"><c>auto</c> (a GPU if one is available), <c>cpu</c>, <c>cuda</c> or <c>cuda:auto</c>, or <c>cuda:N</c>.</param>
    /// <exception cref="TinySoraException">UnknownDevice, NoSuchGpu.</exception>
    public static Device Resolve(string text) => IsProcessor(text) ? CPU : Resolve(text, Gpus, ProcessGroup.Current.LocalRank);

    /// <param name="localRank">Index of this process on its machine, from 0.</param>
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

    /// <summary>
    /// Returns a GPU, and enables TF32 for float32 matrix products. For convolutions, TF32 is enabled by default. DiT, Latte and nanoGPT use the same setting.
    /// </summary>
    private static Device Gpu(int index)
    {
        backends.cuda.matmul.allow_tf32 = true;
        return new Device(DeviceType.CUDA, index);
    }

    private static bool IsProcessor(string text) => text.Trim().ToLowerInvariant() is "cpu";

    private static bool IsAny(string text) => text.Trim().ToLowerInvariant() is "auto" or "cuda" or "cuda:auto";
}
