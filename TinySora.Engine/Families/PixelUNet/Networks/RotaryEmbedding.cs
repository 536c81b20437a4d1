using static TorchSharp.torch;

namespace TinySora.Engine.Families.PixelUNet.Networks;

/// <summary>
/// The frequencies of the rotary position embedding over frames as the original's checkpoints have them; <see cref="FramePositions"/> says what
/// is done with them. One instance serves all temporal attentions.
/// </summary>
public sealed class RotaryEmbedding : nn.Module
{
    // A fixed buffer, because the original's checkpoints carry it under every attention.
    private readonly Tensor freqs;

    public RotaryEmbedding(int headWidth)
        : base(nameof(RotaryEmbedding))
    {
        freqs = tensor(FramePositions.Frequencies(headWidth).Select(f => (float)f).ToArray());
        RegisterComponents();
    }
}
