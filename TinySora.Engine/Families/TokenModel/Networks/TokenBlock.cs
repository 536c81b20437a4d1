using TinySora.Engine.Compute.Processes;
using TinySora.Engine.Layers;

namespace TinySora.Engine.Families.TokenModel.Networks;

/// <summary>A part between the embedding and the last norm.</summary>
internal abstract class TokenBlock(string name) : PublishedModule(name)
{
    /// <param name="x">(B, T, hidden) float32.</param>
    /// <param name="context">(B, S, hidden) float32, where there is one to attend to that the state has not.</param>
    /// <param name="state">See <see cref="TokenInput.State"/>.</param>
    /// <param name="chance">See <see cref="TokenInput.Chance"/>.</param>
    /// <param name="turns">Of queries and keys by their places; null: they do not turn.</param>
    /// <returns>Like <paramref name="x"/>.</returns>
    public abstract AnyTensor forward(AnyTensor x, AnyTensor? context, TokenState? state, BatchRandom? chance, Rotation? turns);
}
