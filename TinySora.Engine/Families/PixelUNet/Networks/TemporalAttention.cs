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

    /// <summary>The sum of features and of what temporal attention makes of them.</summary>
    /// <param name="rotary">One instance serves all.</param>
    public static Residual<TemporalAttention> Beside(int channels, UNet3DOptions options, RotaryEmbedding rotary) =>
        new(channels, new TemporalAttention(channels, options.AttnHeads, options.AttnDimHead, rotary));

    public AnyTensor forward(AnyTensor x, FramePositions? positions) => fn.forward(x.flatten(2, 3), positions).view_as(x);
}
