using TinySora.Engine.Training.Checkpoints;
using static System.FormattableString;
using static TinySora.Engine.Latents.LatentProblemKind;

namespace TinySora.Engine.Latents;

/// <summary>The kinds of problem that latents can have.</summary>
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

/// <summary>One thing about the latents of an autoencoder that makes them hard to learn, or a waste.</summary>
/// <param name="Checkpoint">The autoencoder's file.</param>
/// <param name="Channel">From 0; null: it concerns all.</param>
/// <param name="Value">What was measured.</param>
/// <param name="Reason">What was found.</param>
/// <param name="Fix">What to do about it.</param>
public sealed record LatentProblem(string Checkpoint, LatentProblemKind Problem, int? Channel, double Value, string Reason, string Fix)
{
    /// <summary>Short name of the autoencoder, see <see cref="ModelName"/>.</summary>
    public string Model => ModelName.Of(Checkpoint);

    /// <summary>The values in one line of text.</summary>
    public override string ToString() => Reason;
}

/// <summary>The rules for problems of latents, and their texts.</summary>
/// <param name="path">The autoencoder's file.</param>
internal sealed class LatentProblems(string path)
{
    /// <summary>The number of tokens per code from which on a code that was never chosen means anything.</summary>
    private const int TokensPerCode = 5;

    public IEnumerable<LatentProblem> Of(IReadOnlyList<LatentChannel> channels, double deviation)
    {
        if (deviation is > 0 and (< 0.5 or > 2))
        {
            yield return new(path, Scale, null, deviation, Invariant($"the latents deviate by {deviation:0.###}, and models of diffusion expect about 1"),
                Invariant($"Multiply them by {1 / deviation:0.####} before another program trains on them."));
        }

        var largest = channels.Max(channel => channel.Deviation);
        foreach (var channel in channels)
        {
            if (Math.Abs(channel.Mean) > 2 * deviation)
            {
                yield return new(path, Offset, channel.Channel, channel.Mean,
                    Invariant($"channel {channel.Channel} lies around {channel.Mean:0.###}, far from 0 beside its deviation of {channel.Deviation:0.###}"),
                    "Take the mean of each channel off before another program trains on them.");
            }

            if (channel.Deviation < 0.01 * largest)
            {
                yield return new(path, SilentChannel, channel.Channel, channel.Deviation,
                    Invariant($"channel {channel.Channel} hardly changes: it deviates by {channel.Deviation:0.####}, and another by {largest:0.###}"),
                    "Train with fewer channels (model.embedding_dim or model.z_channels), longer, or with less weight on the divergence.");
            }
        }
    }

    /// <param name="signal">Variance of each channel's means over the clips.</param>
    /// <param name="noise">Mean variance of its posterior.</param>
    public IEnumerable<LatentProblem> OfPosterior(IReadOnlyList<double> signal, IReadOnlyList<double> noise)
    {
        for (var channel = 0; channel < signal.Count; channel++)
        {
            if (signal[channel] < 0.05 * noise[channel])
            {
                yield return new(path, CollapsedChannel, channel, signal[channel] / noise[channel],
                    Invariant($"the posterior of channel {channel} has collapsed: the variance that it draws with is {noise[channel]:0.###}, ")
                        + Invariant($"that of its means {signal[channel]:0.####}"),
                    "Train with less weight on the divergence, or with fewer channels.");
            }
        }
    }

    /// <param name="high">Share of the power in the highest band.</param>
    /// <param name="white">That of white noise.</param>
    public IEnumerable<LatentProblem> OfSpectrum(double high, double white)
    {
        if (high > 0.8 * white)
        {
            yield return new(path, HighFrequencies, null, high,
                Invariant($"{high:P0} of the power lies in the highest frequencies, nearly as much as of white noise ({white:P0})"),
                "A model of diffusion learns such latents slowly: train the autoencoder with fewer channels, or with more weight on the divergence.");
        }
    }

    public IEnumerable<LatentProblem> OfNoise(IReadOnlyList<NoisedDecode> decodes)
    {
        var (clean, little) = (decodes[0].Psnr, decodes.First(decode => decode.Noise >= 0.1));
        if (double.IsFinite(clean) && clean - little.Psnr > 3)
        {
            yield return new(path, NoiseSensitive, null, clean - little.Psnr,
                Invariant($"noise of {little.Noise:P0} of the latents' deviation costs {clean - little.Psnr:0.0} dB ({clean:0.0} to {little.Psnr:0.0})"),
                "What a model samples is never exact: train a variational autoencoder, or with more weight on the divergence.");
        }
    }

    public IEnumerable<LatentProblem> OfCodes(CodeUsage usage)
    {
        var dead = usage.Counts.Count - usage.Used;
        if (usage.Share < 0.5 && usage.Counts.Sum() >= TokensPerCode * (long)usage.Counts.Count)
        {
            yield return new(path, DeadCodes, null, dead, $"{dead} of {usage.Counts.Count} codes stand for nothing in these clips",
                "Train with loss.reinit_every_n_epochs or loss.low_utilization_cost, with fewer codes, or with finite scalars (a variant ending in _fsq).");
        }
    }
}
