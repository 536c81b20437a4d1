using TinySora.Engine.Interop.Onnx;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.PixelUNet.Networks;

/// <summary>A layer that mixes the positions or the frames of clips (B, F, H, W, C) and keeps their shape.</summary>
public interface IClipMixer
{
    Tensor forward(Tensor x, FramePositions? positions);

    /// <inheritdoc cref="forward(Tensor, FramePositions?)"/>
    OnnxTensor forward(OnnxTensor x, GraphPositions? positions);
}
