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
    /// <summary>Short name of the autoencoder, see <see cref="Training.Checkpoints.ModelName"/>; `null` if it was not given.</summary>
    public string? Model { get; init; }

    /// <summary>The perceptual distance LPIPS, mean over frames, 0: equal; null: not measured.</summary>
    public double? Lpips { get; init; }

    /// <summary>The number of different codes in the clip's tokens; null where nothing is quantized.</summary>
    public int? Codes { get; init; }

    /// <inheritdoc cref="Latents.CodeUsage.Perplexity"/>
    public double? Perplexity { get; init; }

    /// <summary>The video with the clip, its reconstruction and their difference side by side; null: not written.</summary>
    public string? ReconstructionPath { get; init; }

    /// <summary>The path, which is what commands that take files read.</summary>
    public override string ToString() => Path;
}
