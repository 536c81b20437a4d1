using TinySora.Engine.Errors;
using TinySora.Engine.Families.LatentData;
using TinySora.Engine.Families.LatentTransformer.Config;
using TinySora.Engine.Layers;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.LatentTransformer.Networks;

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

internal static class LatentNetworks
{
    /// <summary>Creates a network with new weights, drawn from the default generator.</summary>
    /// <param name="textWidth">Width of the states of a text; null: there are none.</param>
    /// <param name="textTokens">The most states that a text has; latte and st-dit have weights for each.</param>
    /// <param name="unet">The U-Net, where it is one; null: the smallest of ours.</param>
    public static LatentNetwork Create(TransformerConfig model, LatentShape shape, int? textWidth = null, int textTokens = 1, UNetConfig? unet = null) =>
        model.Architecture switch
        {
            LatentNetworkKind.UNet => new LatentUNet(unet ?? new UNetConfig(), model, shape.Channels, textWidth ?? 0),
            LatentNetworkKind.DiT => new DiT(model, shape, textWidth ?? 0),
            LatentNetworkKind.StDiT => new StDiT(model, shape, textWidth ?? 0, textTokens),
            _ => new Latte(model, shape, textWidth ?? 0, textTokens),
        };
}
