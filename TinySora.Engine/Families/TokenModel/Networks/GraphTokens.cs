using TinySora.Engine.Interop.Onnx;

namespace TinySora.Engine.Families.TokenModel.Networks;

/// <summary>The input of a token network in a graph, where all lengths are known: see <see cref="TokenInput"/>.</summary>
/// <param name="Tokens">(B, T) int64.</param>
/// <param name="Positions">(B, T) or (B, T, 3) int64; null: in order.</param>
internal sealed record GraphTokens(OnnxTensor Tokens, OnnxTensor? Positions = null)
{
    /// <summary>The tokens that blocks with cross attention attend to; null: there are none.</summary>
    public GraphTokens? Context { get; init; }

    /// <summary>(B, hidden), added to the vector of every token; null: nothing is.</summary>
    public OnnxTensor? Text { get; init; }
}
