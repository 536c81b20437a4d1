namespace TinySora.Engine.Latents;

/// <summary>How well a decoder works on latents to which noise was added.</summary>
/// <param name="Noise">Its deviation, as a share of that of the latents.</param>
/// <param name="Psnr">Of the decoded clips to the true ones, in decibels.</param>
public sealed record NoisedDecode(double Noise, double Psnr)
{
    /// <summary>Short name of the autoencoder, see <see cref="Training.Checkpoints.ModelName"/>; `null` if it was not given.</summary>
    public string? Model { get; init; }

    /// <summary>The values in one line of text.</summary>
    public override string ToString() => FormattableString.Invariant($"noise {Noise:0.00}: {Psnr:0.00} dB");
}
