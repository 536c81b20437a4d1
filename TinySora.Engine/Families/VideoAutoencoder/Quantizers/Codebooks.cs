namespace TinySora.Engine.Families.VideoAutoencoder.Quantizers;

/// <summary>The codebooks that the compact networks can have, each under a name of its own; a published network has the one that it came with.</summary>
internal static class Codebooks
{
    public static IReadOnlyList<Codebook> OfCompactNetworks { get; } = [FiniteScalarQuantizer.Kind];
}
