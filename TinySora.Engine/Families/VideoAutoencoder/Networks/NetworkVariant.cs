using TinySora.Engine.Families.VideoAutoencoder.Config;

namespace TinySora.Engine.Families.VideoAutoencoder.Networks;

/// <summary>A network by its name.</summary>
/// <param name="Name">The published one, or ours.</param>
/// <param name="IsVariational">Latents are drawn from a distribution in training.</param>
/// <param name="IsQuantized">It has tokens.</param>
internal sealed record NetworkVariant(string Name, bool IsVariational, bool IsQuantized)
{
    public required Func<NetworkConfig, LatentStride> Stride { get; init; }

    /// <summary>Creates the network with new weights, drawn from the default generator.</summary>
    public required Func<NetworkConfig, ReconstructionConfig, ClipAutoencoder> Create { get; init; }
}
