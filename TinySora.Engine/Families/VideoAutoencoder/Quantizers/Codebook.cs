using TinySora.Engine.Families.VideoAutoencoder.Config;

namespace TinySora.Engine.Families.VideoAutoencoder.Quantizers;

/// <summary>One kind of quantizer, which its own file describes.</summary>
/// <param name="Name">The end of the names of the networks that have it, such as fsq of s1x4x4_fsq.</param>
/// <param name="Width">The channels of the latents under a configuration.</param>
/// <param name="Create">Makes one with new weights, drawn from the default generator.</param>
internal sealed record Codebook(string Name, Func<NetworkConfig, int> Width, Func<NetworkConfig, ReconstructionConfig, Quantizer> Create);
