using TinySora.Engine.Training.Checkpoints;

namespace TinySora.Engine.Evaluation;

/// <summary>How well an autoencoder keeps clips: means over all of them.</summary>
/// <param name="Checkpoint">Its file.</param>
/// <param name="ModelHash">The model by its content.</param>
/// <param name="Skipped">Clips that could not be read, or are too short.</param>
public sealed record ReconstructionSummary(
    string Checkpoint, string ModelHash, int Clips, int Skipped, double Mse, double Psnr, double? Ssim, double? TemporalError)
{
    /// <summary>Short name of the autoencoder, see <see cref="ModelName"/>.</summary>
    public string Model => ModelName.Of(Checkpoint);

    /// <inheritdoc cref="ReconstructionScore.Lpips"/>
    public double? Lpips { get; init; }

    /// <summary>The number of different codes in all clips together; null where nothing is quantized.</summary>
    public int? Codes { get; init; }

    /// <summary>The share of the codebook's codes that occurred, from 0 to 1.</summary>
    public double? CodebookUsage { get; init; }

    /// <inheritdoc cref="Latents.CodeUsage.Perplexity"/>
    public double? Perplexity { get; init; }

    /// <summary>The values in one line of text.</summary>
    public override string ToString() => FormattableString.Invariant($"{Checkpoint}: {Psnr:0.00} dB over {Clips} clips");
}
