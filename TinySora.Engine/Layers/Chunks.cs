using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Layers;

/// <summary>Work in parts whose intermediate results stay in a processor's cache.</summary>
internal static class Chunks
{
    /// <summary>Bytes of an intermediate result that a cache keeps until it is used.</summary>
    private const long CacheBytes = 4 << 20;

    /// <summary>Applies what treats the indices of one dimension alike, to so many at a time; at once where gradients need all of it.</summary>
    /// <param name="width">Numbers per row of the last dimension in the intermediate result.</param>
    public static Tensor Map(Tensor x, int dimension, long width, Func<Tensor, Tensor> operation)
    {
        var length = x.shape[dimension];
        var bytes = x.numel() / x.shape[^1] * width * x.element_size();
        var parts = Math.Min(length, bytes / CacheBytes);
        if (parts < 2 || is_grad_enabled() || x.device_type != DeviceType.CPU)
        {
            return operation(x);
        }

        return cat([.. x.chunk(parts, dimension).Select(operation)], dimension);
    }
}
