using TinySora.Engine.Errors;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Compute;

/// <summary>What the user writes for a device, and the device that it means.</summary>
public static class DeviceChoice
{
    private static int Gpus => cuda.is_available() ? cuda.device_count() : 0;

    /// <summary>Up to so many GPUs where the text names no certain device and there are as many; otherwise the one device.</summary>
    /// <exception cref="TinySoraException">UnknownDevice, NoSuchGpu.</exception>
    public static IReadOnlyList<Device> Several(string text, int most)
    {
        var first = Resolve(text);
        return first.type == DeviceType.CUDA && text.Trim().ToLowerInvariant() is "auto" or "cuda"
            ? [.. Enumerable.Range(0, Math.Clamp(most, 1, Gpus)).Select(index => new Device(DeviceType.CUDA, index))]
            : [first];
    }

    /// <param name="text">auto (a GPU where there is one), cpu, cuda or cuda:N.</param>
    /// <exception cref="TinySoraException">UnknownDevice, NoSuchGpu.</exception>
    public static Device Resolve(string text)
    {
        var name = text.Trim().ToLowerInvariant();
        switch (name)
        {
            case "cpu":
                return CPU;
            case "auto":
                return cuda.is_available() ? Gpu(0) : CPU;
            case "cuda":
                name = "cuda:0";
                break;
        }

        if (!name.StartsWith("cuda:", StringComparison.Ordinal)
            || !int.TryParse(name.AsSpan("cuda:".Length), out var index) || index < 0)
        {
            throw RuntimeErrors.UnknownDevice(text);
        }

        var count = Gpus;
        return index < count ? Gpu(index) : throw RuntimeErrors.NoSuchGpu(text, count);
    }

    /// <summary>Its products of float32 matrices go through TF32, as its convolutions do anyway and as DiT, Latte and nanoGPT ask for.</summary>
    private static Device Gpu(int index)
    {
        backends.cuda.matmul.allow_tf32 = true;
        return new Device(DeviceType.CUDA, index);
    }
}
