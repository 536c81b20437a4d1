using static TorchSharp.torch;

namespace TinySora.Engine.Families.PixelUNet.Networks;

/// <summary>What the U-Net's attentions know of the positions of frames; made once per forward pass.</summary>
/// <param name="Turns">(F, d) float32, see <see cref="RotaryEmbedding.Turns"/>.</param>
/// <param name="Rotation">(F, d, d), the same as matrices, see <see cref="RotaryEmbedding.Rotation"/>.</param>
/// <param name="Bias">(heads, F, F), or (B, 1, heads, F, F) where clips differ, added to the logits.</param>
public sealed record FramePositions(Tensor Turns, Tensor? Rotation, Tensor Bias)
{
    /// <summary>The positions of the frames of clips: rotary embeddings of queries and keys, and a learned bias of the logits.</summary>
    /// <param name="dtype">Of the queries and keys.</param>
    public static FramePositions Of(int frames, int headWidth, RelativePositionBias bias, ScalarType dtype, Device device) => new(
        RotaryEmbedding.Turns(frames, headWidth, device), RotaryEmbedding.Rotation(frames, headWidth, dtype, device), bias.forward(frames));

    /// <summary>No positions, for tokens without an order: the kernel rotates nothing and only scales the products.</summary>
    public static FramePositions None(int tokens, int heads, int headWidth, Device device)
    {
        var still = tensor(new[] { (float)Math.Pow(headWidth, -0.25), 0 }).to(device).repeat(tokens, headWidth / 2);
        return new FramePositions(still, null, zeros([heads, tokens, tokens], device: device));
    }
}
