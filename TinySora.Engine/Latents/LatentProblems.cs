using TinySora.Engine.Training.Checkpoints;
using static System.FormattableString;
using static TinySora.Engine.Latents.LatentProblemKind;

namespace TinySora.Engine.Latents;

/// <summary>Kinds of problems with latents.</summary>
public enum LatentProblemKind
{
    Scale,
    Offset,
    SilentChannel,
    CollapsedChannel,
    HighFrequencies,
    NoiseSensitive,
    DeadCodes,
}

/// <summary>A property of an autoencoder's latents that makes them hard to learn or wastes capacity.</summary>
/// <param name="Checkpoint">Path of the autoencoder's checkpoint.</param>
/// <param name="Channel">Index of the channel, from 0; <c>null</c> if the problem concerns all channels.</param>
/// <param name="Value">The measured value.</param>
/// <param name="Reason">Description of the problem.</param>
/// <param name="Fix">Advice on fixing the problem.</param>
public sealed record LatentProblem(string Checkpoint, LatentProblemKind Problem, int? Channel, double Value, string Reason, string Fix)
{
    /// <summary>Short name of the autoencoder, see <see cref="ModelName"/>.</summary>
    public string Model => ModelName.Of(Checkpoint);

    /// <summary>Formats the problem as one line of text.</summary>
    public override string ToString() => Reason;
}

/// <summary>Rules that detect problems with latents and describe them.</summary>
/// <param name="path">Path of the autoencoder's checkpoint.</param>
internal sealed class LatentProblems(string path)
{
    /// <summary>Minimum number of tokens per code at which unused codes are reported as a problem.</summary>
    private const int TokensPerCode = 5;

    public IEnumerable<LatentProblem> Of(IReadOnlyList<LatentChannel> channels, double deviation)
    {
        if (deviation is > 0 and (< 0.5 or > 2))
        {
            yield return new(path, Scale, null, deviation,
                Invariant($"the standard deviation of the latents is {deviation:0.###}, but should be about 1 for diffusion models"),
                Invariant($"Multiply the latents by {1 / deviation:0.####} before training on them with another program."));
        }

        var largest = channels.Max(channel => channel.Deviation);
        foreach (var channel in channels)
        {
            if (Math.Abs(channel.Mean) > 2 * deviation)
            {
                yield return new(path, Offset, channel.Channel, channel.Mean,
                    Invariant($"channel {channel.Channel} has a mean of {channel.Mean:0.###}, far from 0 for a deviation of {channel.Deviation:0.###}"),
                    "Subtract each channel's mean from the latents before training on them with another program.");
            }

            if (channel.Deviation < 0.01 * largest)
            {
                yield return new(path, SilentChannel, channel.Channel, channel.Deviation,
                    Invariant($"channel {channel.Channel} hardly varies: its deviation is {channel.Deviation:0.####}, but the largest is {largest:0.###}"),
                    "Train with fewer channels (model.embedding_dim or model.z_channels), train longer, or reduce the weight of the KL divergence.");
            }
        }
    }

    /// <param name="signal">Variance of each channel's means over the clips.</param>
    /// <param name="noise">Mean variance of each channel's posterior.</param>
    public IEnumerable<LatentProblem> OfPosterior(IReadOnlyList<double> signal, IReadOnlyList<double> noise)
    {
        for (var channel = 0; channel < signal.Count; channel++)
        {
            if (signal[channel] < 0.05 * noise[channel])
            {
                yield return new(path, CollapsedChannel, channel, signal[channel] / noise[channel],
                    Invariant($"the posterior of channel {channel} has collapsed: its variance is {noise[channel]:0.###}, ")
                        + Invariant($"but the variance of its means is only {signal[channel]:0.####}"),
                    "Train with a smaller weight of the KL divergence, or with fewer channels.");
            }
        }
    }

    /// <param name="high">Fraction of the power in the highest band.</param>
    /// <param name="white">Fraction of the power that white noise has in the highest band.</param>
    public IEnumerable<LatentProblem> OfSpectrum(double high, double white)
    {
        if (high > 0.8 * white)
        {
            yield return new(path, HighFrequencies, null, high,
                Invariant($"{high:P0} of the power is in the highest frequencies, close to white noise ({white:P0})"),
                "Diffusion models learn such latents slowly. Train the autoencoder with fewer channels or a larger weight of the KL divergence.");
        }
    }

    public IEnumerable<LatentProblem> OfNoise(IReadOnlyList<NoisedDecode> decodes)
    {
        var (clean, little) = (decodes[0].Psnr, decodes.First(decode => decode.Noise >= 0.1));
        if (double.IsFinite(clean) && clean - little.Psnr > 3)
        {
            yield return new(path, NoiseSensitive, null, clean - little.Psnr,
                Invariant($"noise of {little.Noise:P0} of the deviation lowers the PSNR by {clean - little.Psnr:0.0} dB ({clean:0.0} to {little.Psnr:0.0})"),
                "Sampled latents always have small errors, so train a variational autoencoder, or increase the weight of the KL divergence.");
        }
    }

    public IEnumerable<LatentProblem> OfCodes(CodeUsage usage)
    {
        var dead = usage.Counts.Count - usage.Used;
        if (usage.Share < 0.5 && usage.Counts.Sum() >= TokensPerCode * (long)usage.Counts.Count)
        {
            yield return new(path, DeadCodes, null, dead, $"{dead} of {usage.Counts.Count} codes are unused in these clips",
                "Train with loss.reinit_every_n_epochs or loss.low_utilization_cost, with fewer codes, or with FSQ (a variant ending in _fsq).");
        }
    }
}
