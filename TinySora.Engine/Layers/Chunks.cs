using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Layers;

/// <summary>Splits work into parts whose intermediate results stay in a processor's cache.</summary>
internal static class Chunks
{
    /// <summary>The bytes of an intermediate result that a cache keeps until it is used.</summary>
    private const long CacheBytes = 4 << 20;

    /// <summary>
    /// Applies an operation that treats the indices of one dimension alike to a part of them at a time; to all at once where gradients need
    /// them.
    /// </summary>
    /// <param name="width">Numbers per row of the last dimension in the intermediate result.</param>
    public static AnyTensor Map(AnyTensor x, int dimension, long width, Func<AnyTensor, AnyTensor> operation)
    {
        if (is_grad_enabled() || x.Eager is not Tensor numbers || numbers.device_type != DeviceType.CPU)
        {
            return operation(x);
        }

        var bytes = numbers.numel() / numbers.shape[^1] * width * numbers.element_size();
        var parts = Math.Min(numbers.shape[dimension], bytes / CacheBytes);
        return parts < 2 ? operation(x) : AnyTensor.cat([.. x.chunk(parts, dimension).Select(operation)], dimension);
    }
}
