using System.ComponentModel;
using TinySora.Engine.Configuration;

namespace TinySora.Engine.Families.VideoAutoencoder.Config;

/// <summary>The <c>clip</c> section. Networks receive pixels in [-0.5, 0.5].</summary>
public sealed record ClipConfig
{
    [Description("Frames of a clip.")]
    [FormerName("sequence_length")]
    public int Frames { get; init; } = 16;

    [Description("Height of a frame in pixels.")]
    [FormerName("resolution")]
    public int Height { get; init; } = 64;

    [Description("Width of a frame in pixels; null: height.")]
    public int? Width { get; init; }

    [Description("Antialias when downscaling; false: as VideoGPT and minisora.")]
    public bool Antialias { get; init; } = true;
}

/// <summary>The <c>model</c> section: the network and the size of its latents.</summary>
public sealed record NetworkConfig
{
    [Description("Name of the network, from the table in docs/autoencoders.md.")]
    public string NetworkVariant { get; init; } = "encode111111_decode111111";

    [Description("Channels of the latents (D); FSQ has one per entry of fsq_levels.")]
    public int EmbeddingDim { get; init; } = 256;

    [Description("Size of the codebook.")]
    public int NCodes { get; init; } = 2048;

    [Description("Hidden channels; null: 240 for videogpt, 128 for causal_s8t4, 64 for s1x4x4_kl to s5x4x4_fsq.")]
    public int? NHiddens { get; init; }

    [Description("Residual blocks per stage; null: 4 for videogpt, 2 for the others with n_hiddens.")]
    public int? NResLayers { get; init; }

    [Description("Stride of videogpt in time, height and width, powers of two.")]
    public IReadOnlyList<int> Downsample { get; init; } = [4, 4, 4];

    [Description("Levels per channel of FSQ; their product is the number of codes.")]
    public IReadOnlyList<int> FsqLevels { get; init; } = [8, 5, 5, 5];
}

/// <summary>The <c>loss</c> section: the terms of the training loss.</summary>
public sealed record ReconstructionConfig
{
    [Description("square: mean squared error; shown: its root per clip, values clipped to black and white.")]
    public ReconError Recon { get; init; } = ReconError.Square;

    [Description("Divides the reconstruction error: 1 (minisora), 0.06 (VideoGPT).")]
    public double ReconVariance { get; init; } = 1;

    [Description("Weight of the commitment loss.")]
    public double CommitmentCost { get; init; } = 0.25;

    [Description("Weight of the KL divergence per element (variational).")]
    public double KlLossWeight { get; init; } = 1;

    [Description("Weight of the distance from each code to its nearest latent (vq).")]
    public double LowUtilizationCost { get; init; }

    [Description("Epochs between replacements of unused codes (vq); null: never.")]
    public int? ReinitEveryNEpochs { get; init; }
}

/// <summary>Reconstruction error of a clip.</summary>
public enum ReconError
{
    /// <summary>Mean squared error over all pixels, which emphasizes clips with large errors.</summary>
    Square,

    /// <summary>Root of each clip's mean squared error, after clamping values to the range from black to white.</summary>
    Shown,
}
