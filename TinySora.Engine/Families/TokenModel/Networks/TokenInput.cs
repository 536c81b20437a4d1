using TinySora.Engine.Compute.Processes;
using TinySora.Engine.Layers;

namespace TinySora.Engine.Families.TokenModel.Networks;

/// <summary>The input of a token network.</summary>
/// <param name="Tokens">(B, T) int64.</param>
internal sealed record TokenInput(AnyTensor Tokens)
{
    /// <summary>
    /// (B or 1, T) int64, or (B or 1, T, 3) frames, rows and columns where positions have three axes; null: in order, from the first or behind
    /// what the state has seen.
    /// </summary>
    public AnyTensor? Positions { get; init; }

    /// <summary>(B, S) int64: tokens that blocks with cross attention attend to; null: none, or those that the state has seen.</summary>
    public AnyTensor? Context { get; init; }

    /// <summary>The positions of the context, in the form of <see cref="Positions"/>.</summary>
    public AnyTensor? ContextPositions { get; init; }

    /// <summary>(B, hidden) float32, added to the vector of every token.</summary>
    public AnyTensor? Text { get; init; }

    /// <summary>The tokens come behind those that it has seen, and it is brought up to date. Then nothing has a gradient.</summary>
    public TokenState? State { get; init; }

    /// <summary>The random numbers of dropout; null: nothing is dropped.</summary>
    public BatchRandom? Chance { get; init; }
}
