using System.ComponentModel;
using TinySora.Engine.Configuration;

namespace TinySora.Engine.Families.FrameAutoencoder.Config;

/// <summary>What frames are brought to. Keys are named as in the published configuration where it has them.</summary>
public sealed record FrameDataConfig
{
    [Description("Height of a frame; a multiple of the network's stride.")]
    [FormerName("frame_height")]
    public int Height { get; init; } = 72;

    [Description("Width of a frame; a multiple of the network's stride.")]
    [FormerName("frame_width")]
    public int Width { get; init; } = 128;

    [Description("Scale the shorter side to height and cut out the middle, a square; false: stretch.")]
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

public sealed record FrameModelConfig
{
    internal const string LatteVae = "latte-vae";
    internal const string AutoencoderKl = "autoencoder-kl";

    [Description("latte-vae: the Latte tutorial's; autoencoder-kl: Stable Diffusion's, which takes of the others frame_channels, z_channels, "
        + "down_channels, norm_channels and num_down_layers.")]
    public string Network { get; init; } = LatteVae;

    [Description("Channels of a frame: 1 or 3.")]
    public int FrameChannels { get; init; } = 1;

    [Description("Channels of the latents.")]
    public int ZChannels { get; init; } = 4;

    [Description("Channels of each level, the finest first; each a multiple of norm_channels.")]
    public IReadOnlyList<int> DownChannels { get; init; } = [32, 64, 128];

    [Description("Channels of the blocks in the middle; the first and the last are the last of down_channels, and a single one means no block.")]
    public IReadOnlyList<int> MidChannels { get; init; } = [128];

    [Description("Which steps from level to level halve height and width; one less than down_channels.")]
    public IReadOnlyList<bool> DownSample { get; init; } = [true, true];

    [Description("Which levels have attention, on the way down and up; one less than down_channels.")]
    public IReadOnlyList<bool> AttnDown { get; init; } = [false, false];

    [Description("Groups of the group norms.")]
    public int NormChannels { get; init; } = 32;

    [Description("Heads of attention, where there is any.")]
    public int NumHeads { get; init; } = 16;

    [Description("Residual layers of a level on the way down.")]
    public int NumDownLayers { get; init; } = 1;

    [Description("Layers of attention in a block of the middle, between one residual layer more.")]
    public int NumMidLayers { get; init; } = 1;

    [Description("Residual layers of a level on the way up.")]
    public int NumUpLayers { get; init; } = 1;

    /// <summary>Rows, and columns, of a frame that one position of the latents stands for.</summary>
    internal int Stride => 1 << (IsKl ? DownChannels.Count - 1 : DownSample.Count(halves => halves));

    internal bool IsKl => Network == AutoencoderKl;
}
