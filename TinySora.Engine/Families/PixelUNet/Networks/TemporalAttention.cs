using TinySora.Engine.Layers;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.PixelUNet.Networks;

/// <summary>Attention in time: each position attends to itself in the other frames, whose places <see cref="FramePositions"/> tells it.</summary>
public sealed class TemporalAttention : nn.Module, IClipMixer
{
    private readonly Attention fn;

    public TemporalAttention(int channels, int heads, int headWidth, RotaryEmbedding rotary)
        : base(nameof(TemporalAttention))
    {
        fn = new Attention(channels, heads, headWidth, rotary);
        RegisterComponents();
    }

    /// <summary>Creates temporal attention with a residual connection.</summary>
    /// <param name="rotary">Shared by all levels.</param>
    public static Residual<TemporalAttention> CreateResidual(int channels, UNet3DOptions options, RotaryEmbedding rotary) =>
        new(channels, new TemporalAttention(channels, options.AttnHeads, options.AttnDimHead, rotary));

    public AnyTensor forward(AnyTensor x, FramePositions? positions) => fn.forward(x.flatten(2, 3), positions).view_as(x);
}
