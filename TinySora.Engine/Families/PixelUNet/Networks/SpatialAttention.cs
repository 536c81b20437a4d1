using TinySora.Engine.Layers;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.PixelUNet.Networks;

/// <summary>Attention in space: each position attends to the other positions of its frame.</summary>
public sealed class SpatialAttention : nn.Module, IClipMixer
{
    private readonly Attention fn;

    public SpatialAttention(int channels, int heads, int headWidth)
        : base(nameof(SpatialAttention))
    {
        fn = new Attention(channels, heads, headWidth);
        RegisterComponents();
    }

    public AnyTensor forward(AnyTensor x, FramePositions? positions) => fn.forward(x.flatten(2, 3).flatten(0, 1).unsqueeze(2)).view_as(x);
}
