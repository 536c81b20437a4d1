using System.ComponentModel;
using TinySora.Engine.Configuration;

namespace TinySora.Engine.Families.VideoAutoencoder.Config;

/// <summary>The section <c>clip</c>; networks get their pixels in [-0.5, 0.5].</summary>
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

    [Description("Frames that become smaller are antialiased; false: each pixel mixes the four nearest, as VideoGPT's and minisora's readers do.")]
    public bool Antialias { get; init; } = true;
}

/// <summary>The section <c>model</c>: the network and the size of its latents.</summary>
public sealed record NetworkConfig
{
    [Description("Which network: a name of docs/video-autoencoders.md, which says what each makes of a clip.")]
    public string NetworkVariant { get; init; } = "encode111111_decode111111";

    [Description("Channels of the latents, and width of a codebook's vectors. Finite scalar quantization has as many as fsq_levels instead.")]
    public int EmbeddingDim { get; init; } = 256;

    [Description("Vectors of the codebook.")]
    public int NCodes { get; init; } = 2048;

    [Description("Channels inside videogpt, causal_s8t4 and our networks; null: 240, 128 and 64 there. The others have widths of their own.")]
    public int? NHiddens { get; init; }

    [Description("Residual blocks there, at each of their places; null: 4, 2 and 2.")]
    public int? NResLayers { get; init; }

    [Description("Strides of videogpt in time, height and width, powers of two. The others' are in their names.")]
    public IReadOnlyList<int> Downsample { get; init; } = [4, 4, 4];

    [Description("Levels of each channel of finite scalar quantization: their product is the number of codes.")]
    public IReadOnlyList<int> FsqLevels { get; init; } = [8, 5, 5, 5];
}

/// <summary>The section <c>loss</c>: the terms that the training minimizes.</summary>
public sealed record ReconstructionConfig
{
    [Description("The error of a clip: square, its mean squared error (published); or shown, the root of that, counted of what is shown, "
        + "which ends at black and white.")]
    public ReconError Recon { get; init; } = ReconError.Square;

    [Description("What the mean squared error is divided by: 1 (minisora), 0.06 (VideoGPT).")]
    public double ReconVariance { get; init; } = 1;

    [Description("Weight of how far the encoder is from its codes.")]
    public double CommitmentCost { get; init; } = 0.25;

    [Description("Weight of the Kullback-Leibler divergence from the normal distribution, a mean over all elements; for variants that draw their latents.")]
    public double KlLossWeight { get; init; } = 1;

    [Description("Weight of how far each code is from the nearest vector of the batch, which draws unused codes in; for a codebook that follows gradients.")]
    public double LowUtilizationCost { get; init; }

    [Description("Every so many epochs after the first, codes that were not used in one become copies of used ones; null: never. "
        + "For a codebook that follows gradients.")]
    public int? ReinitEveryNEpochs { get; init; }
}

/// <summary>What counts as the error of a clip that is made again.</summary>
public enum ReconError
{
    /// <summary>The mean over all pixels of the squared error: clips that are hard to tell outweigh the others.</summary>
    Square,

    /// <summary>The root of each clip's mean squared error, where what is darker than a black pixel, or lighter than a white one, is right.</summary>
    Shown,
}
