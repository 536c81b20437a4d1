namespace TinySora.Engine.Latents;

/// <summary>Statistics of one channel of the latents over all clips.</summary>
/// <param name="Channel">From 0.</param>
/// <param name="Low">Share of the power at up to an eighth of a cycle per position, without what a frame has as its mean.</param>
/// <param name="Middle">Share above that and up to a quarter.</param>
/// <param name="High">Share above that, up to the half at which neighbours alternate.</param>
public sealed record LatentChannel(int Channel, double Mean, double Deviation, double Low, double Middle, double High)
{
    /// <summary>Short name of the autoencoder, see <see cref="Training.Checkpoints.ModelName"/>; `null` if it was not given.</summary>
    public string? Model { get; init; }

    /// <summary>The values in one line of text.</summary>
    public override string ToString() => FormattableString.Invariant($"channel {Channel}: mean {Mean:0.0000}, deviation {Deviation:0.0000}");
}
