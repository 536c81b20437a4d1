using System.ComponentModel;
using TinySora.Engine.Configuration;

namespace TinySora.Engine.Families.VideoAutoencoder.Config;

/// <summary>The <c>clip</c> section: the size of clips. Networks receive pixels in [-0.5, 0.5].</summary>
public sealed record ClipConfig
{
    [Description("Frames per clip.")]
    [FormerName("sequence_length")]
    public int Frames { get; init; } = 16;

    [Description("Frame height in pixels.")]
    [FormerName("resolution")]
    public int Height { get; init; } = 64;

    [Description("Frame width in pixels; if null, the height is used.")]
    public int? Width { get; init; }

    [Description("Antialias frames when downscaling them; VideoGPT and minisora do not.")]
    public bool Antialias { get; init; } = true;
}

/// <summary>The <c>model</c> section: the network and the size of its latents.</summary>
public sealed record NetworkConfig
{
    [Description("Name of the network; docs/autoencoders.md lists all names.")]
    public string NetworkVariant { get; init; } = "encode111111_decode111111";

    [Description("Number of latent channels, except in FSQ networks, which have one per value of fsq_levels.")]
    public int EmbeddingDim { get; init; } = 256;

    [Description("Number of codes in the codebook.")]
    public int NCodes { get; init; } = 2048;

    [Description("Number of hidden channels; if null, 240 for videogpt, 128 for causal_s8t4, and 64 for s1x4x4_kl to s5x4x4_fsq.")]
    public int? NHiddens { get; init; }

    [Description("Residual blocks per stage; if null, 4 for videogpt and 2 for all others that use n_hiddens.")]
    public int? NResLayers { get; init; }

    [Description("videogpt: strides in time, height and width, each a power of two.")]
    public IReadOnlyList<int> Downsample { get; init; } = [4, 4, 4];

    [Description("Number of levels in each FSQ channel; the product is the number of codes.")]
    public IReadOnlyList<int> FsqLevels { get; init; } = [8, 5, 5, 5];
}

/// <summary>The <c>loss</c> section: the terms of the training loss.</summary>
public sealed record ReconstructionConfig
{
    [Description("Reconstruction error: square (mean squared error) or shown (root of each clip's mean squared error after clamping pixels).")]
    public ReconError Recon { get; init; } = ReconError.Square;

    [Description("Train only the decoder of the initial checkpoint, so that its latents do not change.")]
    public bool DecoderOnly { get; init; }

    [Description("Divisor of the reconstruction error: 1 in minisora, 0.06 in VideoGPT.")]
    public double ReconVariance { get; init; } = 1;

    [Description("Weight of the commitment loss.")]
    public double CommitmentCost { get; init; } = 0.25;

    [Description("Variational networks: weight of the KL divergence per latent value.")]
    public double KlLossWeight { get; init; } = 1;

    [Description("vq networks: weight of the distance from each code to its nearest latent.")]
    public double LowUtilizationCost { get; init; }

    [Description("vq networks: epochs between replacements of unused codes; null never replaces them.")]
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
