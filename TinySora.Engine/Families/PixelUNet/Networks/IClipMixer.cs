using TinySora.Engine.Layers;

namespace TinySora.Engine.Families.PixelUNet.Networks;

/// <summary>A layer that mixes the positions or the frames of clips (B, F, H, W, C) and keeps their shape.</summary>
public interface IClipMixer
{
    AnyTensor forward(AnyTensor x, FramePositions? positions);
}
