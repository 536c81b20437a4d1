using TinySora.Engine.Families.VideoAutoencoder.Config;
using TinySora.Engine.Families.VideoAutoencoder.Networks;

namespace TinySora.Engine.Tests.Families.VideoAutoencoder;

/// <summary>Small networks for tests, filled by <see cref="Formulas"/>.</summary>
internal static class SmallNetworks
{
    public static NetworkConfig Config { get; } = new() { EmbeddingDim = 4, NCodes = 16, NHiddens = 8, NResLayers = 2, Downsample = [2, 4, 4] };

    public static ClipAutoencoder Create(string variant, NetworkConfig? network = null, ReconstructionConfig? loss = null)
    {
        var model = NetworkVariants.Find(variant)!.Create(network ?? Config, loss ?? new() { LowUtilizationCost = 0.1 });
        Formulas.Fill(model);
        return model;
    }
}
