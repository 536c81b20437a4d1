using System.ComponentModel;

namespace TinySora.Engine.Families.VideoAutoencoder.Config;

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
