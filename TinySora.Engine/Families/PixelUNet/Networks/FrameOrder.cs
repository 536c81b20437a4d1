using static TorchSharp.torch;

namespace TinySora.Engine.Families.PixelUNet.Networks;

/// <summary>What the temporal attentions know about the order of frames; made once per forward pass.</summary>
/// <param name="Turns">(F, d) float32, see <see cref="RotaryEmbedding.Turns"/>.</param>
/// <param name="Rotation">(F, d, d), the same as matrices, see <see cref="RotaryEmbedding.Rotation"/>.</param>
/// <param name="Bias">(heads, F, F), or (B, 1, heads, F, F) where clips differ, added to the logits.</param>
public sealed record FrameOrder(Tensor Turns, Tensor? Rotation, Tensor Bias)
{
    /// <summary>No order at all, for tokens without one: the kernel rotates nothing and only scales the products.</summary>
    public static FrameOrder None(int tokens, int heads, int headWidth, Device device)
    {
        var still = tensor(new[] { (float)Math.Pow(headWidth, -0.25), 0 }).to(device).repeat(tokens, headWidth / 2);
        return new FrameOrder(still, null, zeros([heads, tokens, tokens], device: device));
    }
}
