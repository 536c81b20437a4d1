using TinySora.Engine.Layers;

namespace TinySora.Engine.Families.LatentTransformer.Networks;

/// <summary>A layer of a transformer.</summary>
internal abstract class TransformerBlock(string name) : PublishedModule(name)
{
    /// <param name="x">(B, F, S, C) float32.</param>
    /// <param name="condition">What modulates: (B, ...) float32.</param>
    /// <param name="text">(B, L, D) float32, where blocks attend to text.</param>
    /// <returns>Like <paramref name="x"/>.</returns>
    public abstract AnyTensor forward(AnyTensor x, AnyTensor condition, AnyTensor? text, TokenContext context);
}
