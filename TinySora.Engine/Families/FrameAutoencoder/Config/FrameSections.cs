using System.ComponentModel;
using TinySora.Engine.Configuration;

namespace TinySora.Engine.Families.FrameAutoencoder.Config;

/// <summary>What frames are brought to. Keys are named as in the published configuration where it has them.</summary>
public sealed record FrameDataConfig
{
    [Description("Height of a frame; a multiple of the network's stride.")]
    public int FrameHeight { get; init; } = 72;

    [Description("Width of a frame; a multiple of the network's stride.")]
    public int FrameWidth { get; init; } = 128;

    [Description("Scale the shorter side to frame_height and cut out the middle, a square; false: stretch.")]
    public bool CentreSquareCrop { get; init; }
}

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

/// <summary>What a run keeps in its results folder under the names of the published code.</summary>
public sealed record FrameFilesConfig
{
    [Description("File in results_folder that gets the autoencoder's weights with each checkpoint, as a plain state dict of PyTorch; a run that begins takes "
        + "those that are there. null: none.")]
    [MayChangeOnResume]
    public string? Autoencoder { get; init; }

    [Description("The same for the discriminator.")]
    [MayChangeOnResume]
    public string? Discriminator { get; init; }

    [Description("Pictures of sample_every in results_folder, with * for their number: 0 after the first step. null: sample-STEP.png.")]
    [MayChangeOnResume]
    public string? Samples { get; init; }
}
