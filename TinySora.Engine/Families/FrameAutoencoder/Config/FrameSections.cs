using System.ComponentModel;
using TinySora.Engine.Configuration;

namespace TinySora.Engine.Families.FrameAutoencoder.Config;

/// <summary>Size that frames are scaled to. Keys that also exist in the published configuration have the same names.</summary>
public sealed record FrameDataConfig
{
    [Description("Frame height in pixels; must be a multiple of the network's stride.")]
    [FormerName("frame_height")]
    public int Height { get; init; } = 72;

    [Description("Frame width in pixels; must be a multiple of the network's stride.")]
    [FormerName("frame_width")]
    public int Width { get; init; } = 128;

    [Description("Crop a square from the center of each frame; false stretches frames instead.")]
    public bool CentreSquareCrop { get; init; }
}

/// <summary>The <c>loss</c> section: terms to add to the squared error of pixels.</summary>
public sealed record FrameLossConfig
{
    [Description("Train only the decoder of the initial checkpoint, so that its latents do not change.")]
    public bool DecoderOnly { get; init; }

    [Description("Weight of the KL divergence, which is summed over each frame.")]
    public double KlWeight { get; init; } = 0.000005;

    [Description("Weight of the perceptual loss (LPIPS); 0 disables it.")]
    public double PerceptualWeight { get; init; }

    [Description("File with torchvision's VGG-16 weights for LPIPS.")]
    [MayChangeOnResume]
    public string VggPath { get; init; } = "./model/weights/vgg16-397923af.pth";

    [Description("File with the linear weights of LPIPS v0.1 for VGG-16.")]
    [MayChangeOnResume]
    public string LpipsPath { get; init; } = "./model/weights/v0.1/vgg.pth";

    [Description("Weight of the discriminator's losses; 0 disables the discriminator.")]
    public double DiscWeight { get; init; }

    [Description("Number of steps before the discriminator is used.")]
    public int DiscStart { get; init; }

    [Description("Add the gradient of the autoencoder's adversarial loss to the discriminator's gradient, as the tutorial does.")]
    public bool DiscKeepsGradient { get; init; }
}

/// <summary>Files that a run keeps in its results folder under the names that the published code uses.</summary>
public sealed record FrameFilesConfig
{
    [Description("The autoencoder's state dict file in results_folder, read at the start and written with each checkpoint.")]
    [MayChangeOnResume]
    public string? Autoencoder { get; init; }

    [Description("The discriminator's state dict file in results_folder, read at the start and written with each checkpoint.")]
    [MayChangeOnResume]
    public string? Discriminator { get; init; }

    [Description("Name of sample images in results_folder, with * in place of the number; if null, sample-STEP.png.")]
    [MayChangeOnResume]
    public string? Samples { get; init; }
}

public sealed record FrameModelConfig
{
    internal const string LatteVae = "latte-vae";
    internal const string AutoencoderKl = "autoencoder-kl";

    [Description("Network: latte-vae or autoencoder-kl (Stable Diffusion's autoencoder).")]
    public string Network { get; init; } = LatteVae;

    [Description("Number of channels per frame: 1 or 3.")]
    public int FrameChannels { get; init; } = 1;

    [Description("Number of latent channels.")]
    public int ZChannels { get; init; } = 4;

    [Description("Channels at each level, finest first; each must be a multiple of norm_channels.")]
    public IReadOnlyList<int> DownChannels { get; init; } = [32, 64, 128];

    [Description("Channels before, between and after the middle blocks; the first and last value must equal the last one of down_channels. A single value "
        + "means no middle blocks.")]
    public IReadOnlyList<int> MidChannels { get; init; } = [128];

    [Description("Whether to halve height and width after each level but the last; needs one value fewer than down_channels.")]
    public IReadOnlyList<bool> DownSample { get; init; } = [true, true];

    [Description("Whether to use attention at each encoder and decoder level; needs one value fewer than down_channels.")]
    public IReadOnlyList<bool> AttnDown { get; init; } = [false, false];

    [Description("Number of groups in each group normalization.")]
    public int NormChannels { get; init; } = 32;

    [Description("Number of attention heads.")]
    public int NumHeads { get; init; } = 16;

    [Description("Residual layers per encoder level.")]
    public int NumDownLayers { get; init; } = 1;

    [Description("Attention layers per middle block, which has one residual layer more than that.")]
    public int NumMidLayers { get; init; } = 1;

    [Description("Residual layers per decoder level.")]
    public int NumUpLayers { get; init; } = 1;

    /// <summary>Number of pixel rows, and of pixel columns, per position in the latents.</summary>
    internal int Stride => 1 << (IsKl ? DownChannels.Count - 1 : DownSample.Count(halves => halves));

    internal bool IsKl => Network == AutoencoderKl;
}
