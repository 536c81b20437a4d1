namespace TinySora.Engine.Evaluation;

/// <summary>How well an autoencoder keeps one clip, values from 0 to 1.</summary>
/// <param name="Path">The clip.</param>
/// <param name="Mse">Mean squared error.</param>
/// <param name="Psnr">Decibels; infinite where nothing is lost.</param>
/// <param name="Ssim">1: alike; null for frames of fewer than 11 x 11 pixels.</param>
/// <param name="TemporalError">Mean squared error of the differences between frames; null for one frame.</param>
public sealed record ReconstructionScore(
    string Path, int Frames, int Height, int Width, double Mse, double Psnr, double? Ssim, double? TemporalError)
{
    /// <summary>How different it looks by <see cref="Evaluation.Lpips"/>, mean over frames, 0: equal; null: not measured.</summary>
    public double? Lpips { get; init; }

    /// <summary>Different codes that stand for it; null where nothing is quantized.</summary>
    public int? Codes { get; init; }

    /// <summary>See <see cref="Latents.CodeUsage.Perplexity"/>.</summary>
    public double? Perplexity { get; init; }

    /// <summary>Clip, reconstruction and where they differ, side by side; null: not written.</summary>
    public string? ReconstructionPath { get; init; }

    /// <summary>What commands that take files make of it.</summary>
    public override string ToString() => Path;
}
