using TinySora.Engine.Interop.Onnx;

namespace TinySora.Engine.Families.PixelUNet.Networks;

/// <summary>What <see cref="FramePositions"/> is in a graph, where the number of frames is known.</summary>
/// <param name="Rotation">(F, d, d).</param>
/// <param name="Bias">(heads, F, F).</param>
public sealed record GraphPositions(OnnxTensor Rotation, OnnxTensor Bias);
