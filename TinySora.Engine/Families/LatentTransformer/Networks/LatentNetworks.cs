using TinySora.Engine.Families.LatentData;
using TinySora.Engine.Families.LatentTransformer.Config;

namespace TinySora.Engine.Families.LatentTransformer.Networks;

/// <summary>Creates networks by the names of their architectures.</summary>
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
