using System.ComponentModel;
using TinySora.Engine.Configuration;

namespace TinySora.Engine.Families.FrameAutoencoder;

/// <summary>What is minimized beside the squared distance of pixels.</summary>
public sealed record FrameLossConfig
{
    [Description("Weight of the latents' divergence from the normal distribution, summed over a frame.")]
    public double KlWeight { get; init; } = 0.000005;
}
