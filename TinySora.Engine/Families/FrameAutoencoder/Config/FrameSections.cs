using System.ComponentModel;
using TinySora.Engine.Configuration;

namespace TinySora.Engine.Families.FrameAutoencoder.Config;

/// <summary>The size that frames are scaled to. Keys have the same names as in the published configuration if they exist there.</summary>
public sealed record FrameDataConfig
{
    [Description("Height of a frame, a multiple of the stride.")]
    [FormerName("frame_height")]
    public int Height { get; init; } = 72;

    [Description("Width of a frame, a multiple of the stride.")]
    [FormerName("frame_width")]
    public int Width { get; init; } = 128;

    [Description("Crop the centre square; false: stretch.")]
    public bool CentreSquareCrop { get; init; }
}

/// <summary>The <c>loss</c> section: terms to add to the squared error of pixels.</summary>
public sealed record FrameLossConfig
{
    [Description("Weight of the KL divergence, summed over a frame.")]
    public double KlWeight { get; init; } = 0.000005;

    [Description("Weight of LPIPS; 0: off.")]
    public double PerceptualWeight { get; init; }

    [Description("VGG-16 weights from torchvision, for LPIPS.")]
    [MayChangeOnResume]
    public string VggPath { get; init; } = "./model/weights/vgg16-397923af.pth";

    [Description("Linear weights of LPIPS v0.1 (VGG).")]
    [MayChangeOnResume]
    public string LpipsPath { get; init; } = "./model/weights/v0.1/vgg.pth";

    [Description("Weight of the discriminator; 0: off.")]
    public double DiscWeight { get; init; }

    [Description("Steps before the discriminator starts.")]
    public int DiscStart { get; init; }

    [Description("Add the generator's gradient to the discriminator's, as the tutorial does.")]
    public bool DiscKeepsGradient { get; init; }
}

/// <summary>Files that a run keeps in its results folder under the names that the published code uses.</summary>
public sealed record FrameFilesConfig
{
    [Description("State dict in results_folder, read at the start, written with checkpoints; null: none.")]
    [MayChangeOnResume]
    public string? Autoencoder { get; init; }

    [Description("The same for the discriminator.")]
    [MayChangeOnResume]
    public string? Discriminator { get; init; }

    [Description("File names of sample images in results_folder, with * for their number; null: sample-STEP.png.")]
    [MayChangeOnResume]
    public string? Samples { get; init; }
}

public sealed record FrameModelConfig
{
    internal const string LatteVae = "latte-vae";
    internal const string AutoencoderKl = "autoencoder-kl";

    [Description("latte-vae, or autoencoder-kl (Stable Diffusion).")]
    public string Network { get; init; } = LatteVae;

    [Description("Channels of a frame: 1 or 3.")]
    public int FrameChannels { get; init; } = 1;

    [Description("Channels of the latents.")]
    public int ZChannels { get; init; } = 4;

    [Description("Channels of each level, finest first; multiples of norm_channels.")]
    public IReadOnlyList<int> DownChannels { get; init; } = [32, 64, 128];

    [Description("Channels along the middle blocks; first and last as down_channels ends; one value: no block.")]
    public IReadOnlyList<int> MidChannels { get; init; } = [128];

    [Description("Levels that halve height and width; one entry less than down_channels.")]
    public IReadOnlyList<bool> DownSample { get; init; } = [true, true];

    [Description("Levels with attention, down and up; one entry less than down_channels.")]
    public IReadOnlyList<bool> AttnDown { get; init; } = [false, false];

    [Description("Groups of the group norms.")]
    public int NormChannels { get; init; } = 32;

    [Description("Number of attention heads.")]
    public int NumHeads { get; init; } = 16;

    [Description("Residual layers of a level, down.")]
    public int NumDownLayers { get; init; } = 1;

    [Description("Attention layers of a middle block (one residual layer more).")]
    public int NumMidLayers { get; init; } = 1;

    [Description("Residual layers of a level, up.")]
    public int NumUpLayers { get; init; } = 1;

    /// <summary>Number of a frame's rows, and of its columns, per position in the latents.</summary>
    internal int Stride => 1 << (IsKl ? DownChannels.Count - 1 : DownSample.Count(halves => halves));

    internal bool IsKl => Network == AutoencoderKl;
}
