using TorchSharp.Interop;
using static TorchSharp.torch;

namespace TinySora.LibTorch;

/// <summary>Kernels that TorchSharp has no counterpart of; CPU only, float32 or bfloat16, with gradients.</summary>
public static class Fused
{
    /// <summary>Softmax attention of each position to itself in the other frames, with rotary embedding and a bias.</summary>
    /// <param name="qkv">(A, T, M, 3 h d): queries, keys and values of h heads of width d, for T frames of M positions.</param>
    /// <param name="turns">(T, d) float32: cosine and sine by turns, both times d^(-1/4), by which frame t turns a pair of features.</param>
    /// <param name="bias">(h, T, T) float32, added to the logits.</param>
    /// <returns>(A, T, M, h d), in the type of <paramref name="qkv"/>.</returns>
    public static Tensor TemporalAttention(Tensor qkv, Tensor turns, Tensor bias)
    {
        var result = new Tensor(Native.Check(Native.ts_temporal_attention(qkv.Handle, turns.Handle, bias.Handle)));
        GC.KeepAlive(qkv);
        GC.KeepAlive(turns);
        GC.KeepAlive(bias);
        return result;
    }

    /// <summary>silu(x / max(|x|, 1e-12) * gain + shift), the norm being over the last dimension.</summary>
    /// <param name="x">(..., C).</param>
    /// <param name="gain">(G, C): consecutive rows of x in G groups of equal size share one.</param>
    /// <param name="shift">(G, C).</param>
    public static Tensor NormSilu(Tensor x, Tensor gain, Tensor shift)
    {
        var result = new Tensor(Native.Check(Native.ts_norm_silu(x.Handle, gain.Handle, shift.Handle)));
        GC.KeepAlive(x);
        GC.KeepAlive(gain);
        GC.KeepAlive(shift);
        return result;
    }
}
