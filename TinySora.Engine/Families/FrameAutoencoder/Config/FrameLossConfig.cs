using System.ComponentModel;
using TinySora.Engine.Configuration;

namespace TinySora.Engine.Families.FrameAutoencoder.Config;

/// <summary>The section <c>loss</c>: the terms beside the squared error of pixels.</summary>
public sealed record FrameLossConfig
{
    [Description("Weight of the latents' divergence from the normal distribution, summed over a frame.")]
    public double KlWeight { get; init; } = 0.000005;

    [Description("Weight of LPIPS, the distance that VGG-16 sees; 0: none, and no files are needed.")]
    public double PerceptualWeight { get; init; }

    [Description("VGG-16 as torchvision publishes it, for perceptual_weight.")]
    [MayChangeOnResume]
    public string VggPath { get; init; } = "./model/weights/vgg16-397923af.pth";

    [Description("The linear weights of LPIPS v0.1 over VGG-16, for perceptual_weight.")]
    [MayChangeOnResume]
    public string LpipsPath { get; init; } = "./model/weights/v0.1/vgg.pth";

    [Description("Weight of what the discriminator says; 0: there is none.")]
    public double DiscWeight { get; init; }

    [Description("Steps before the discriminator and its part of the loss begin.")]
    public int DiscStart { get; init; }

    [Description("The discriminator's gradient has that of the autoencoder's turn in it, as in the tutorial's code, which does not clear it; "
        + "false: its own alone.")]
    public bool DiscKeepsGradient { get; init; }
}
