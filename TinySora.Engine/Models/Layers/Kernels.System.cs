using TinySora.LibTorch;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Models.Layers;

/// <summary>What this flavour computes in one kernel where stock operators need many; the layers hold the composition.</summary>
internal static class Kernels
{
    /// <summary>Off in tests that compare a kernel with the composition it replaces.</summary>
    public static bool Enabled { get; set; } = true;

    /// <summary>On the CPU, where all clips share one bias.</summary>
    public static bool CanAttend(Tensor x, FrameOrder order) => CanNorm(x) && order.Bias.ndim == 3;

    /// <param name="qkv">(A, T, M, 3·h·d).</param>
    /// <returns>(A, T, M, h·d).</returns>
    public static Tensor Attend(Tensor qkv, FrameOrder order) => Fused.TemporalAttention(qkv, order.Turns, order.Bias);

    public static bool CanNorm(Tensor x) => Enabled && x.device_type == DeviceType.CPU && x.dtype is ScalarType.Float32 or ScalarType.BFloat16;

    /// <param name="x">(B, F, H, W, C).</param>
    /// <param name="gain">(C), or (B, 1 or F, 1, 1, C).</param>
    /// <param name="shift">Shaped like <paramref name="gain"/>.</param>
    public static Tensor NormSilu(Tensor x, Tensor gain, Tensor? shift)
    {
        gain = gain.reshape(-1, x.shape[^1]);
        return Fused.NormSilu(x, gain, shift is null ? zeros_like(gain) : shift.reshape(gain.shape));
    }
}
