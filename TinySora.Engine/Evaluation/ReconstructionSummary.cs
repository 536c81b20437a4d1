namespace TinySora.Engine.Evaluation;

/// <summary>How well an autoencoder keeps clips: means over all of them.</summary>
/// <param name="Checkpoint">Its file.</param>
/// <param name="ModelHash">The model by its content.</param>
/// <param name="Skipped">Clips that could not be read, or are too short.</param>
public sealed record ReconstructionSummary(
    string Checkpoint, string ModelHash, int Clips, int Skipped, double Mse, double Psnr, double? Ssim, double? TemporalError)
{
    /// <summary>See <see cref="ReconstructionScore.Lpips"/>.</summary>
    public double? Lpips { get; init; }

    /// <summary>Different codes chosen for all clips together; null where nothing is quantized.</summary>
    public int? Codes { get; init; }

    /// <summary>Their share of the codebook, from 0 to 1.</summary>
    public double? CodebookUsage { get; init; }

    /// <summary>See <see cref="Latents.CodeUsage.Perplexity"/>.</summary>
    public double? Perplexity { get; init; }

    /// <summary>What stands for it in a text.</summary>
    public override string ToString() => FormattableString.Invariant($"{Checkpoint}: {Psnr:0.00} dB over {Clips} clips");
}
