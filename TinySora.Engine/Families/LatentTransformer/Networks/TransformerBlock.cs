using TinySora.Engine.Interop.Onnx;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.LatentTransformer.Networks;

/// <summary>A layer of a transformer.</summary>
internal abstract class TransformerBlock(string name) : PublishedModule(name)
{
    /// <param name="x">(B, F, S, C) float32.</param>
    /// <param name="condition">What modulates: (B, ...) float32.</param>
    /// <param name="text">(B, L, D) float32, where blocks attend to text.</param>
    /// <returns>Like <paramref name="x"/>.</returns>
    public abstract Tensor forward(Tensor x, Tensor condition, Tensor? text, TokenContext context);

    /// <inheritdoc cref="forward(Tensor, Tensor, Tensor?, TokenContext)"/>
    public abstract OnnxTensor forward(OnnxTensor x, OnnxTensor condition, OnnxTensor? text, GraphContext context);
}
