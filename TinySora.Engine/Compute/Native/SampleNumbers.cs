using static TorchSharp.torch;

namespace TinySora.Engine.Compute.Native;

/// <summary>Numbers for testing and timing operations that are neither equal nor random, because the caller's generator must not be used.</summary>
internal static class SampleNumbers
{
    /// <returns>float32 from 0 to 1.</returns>
    public static Tensor Create(params long[] shape) => arange(shape.Aggregate((a, b) => a * b)).remainder(13).div(13).to(float32).view(shape);
}
