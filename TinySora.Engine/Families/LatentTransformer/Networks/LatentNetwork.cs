using TinySora.Engine.Errors;
using TinySora.Engine.Layers;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.LatentTransformer.Networks;

/// <summary>A network that denoises latents, or pixels.</summary>
internal abstract class LatentNetwork(string name) : PublishedModule(name)
{
    /// <param name="x">Noisy latents (B, C, F, H, W).</param>
    /// <param name="t">Noise levels (B).</param>
    /// <returns>
    /// (B, C or 2C, F, H, W) float32: what it is trained to predict, see <see cref="Diffusion.Objective"/>, and, of a model with learned variances,
    /// where those are between their bounds, from -1 to 1.
    /// </returns>
    /// <exception cref="TinySoraException">TinySora.Model.LatentShape.</exception>
    public abstract AnyTensor forward(AnyTensor x, AnyTensor t, NetworkCondition condition);

    /// <inheritdoc cref="forward(AnyTensor, AnyTensor, NetworkCondition)"/>
    public Tensor forward(Tensor x, Tensor t, NetworkCondition condition) => (Tensor)forward((AnyTensor)x, t, condition);
}
