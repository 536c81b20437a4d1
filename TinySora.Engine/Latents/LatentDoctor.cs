using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Data;
using TinySora.Engine.Data.Fitting;
using TinySora.Engine.Errors;
using TinySora.Engine.Training.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Latents;

/// <summary>Statistics of one channel of the latents over all clips.</summary>
/// <param name="Channel">Index of the channel, from 0.</param>
/// <param name="Low">Fraction of the power in frequencies up to 1/8 cycle per position, without the frame's mean.</param>
/// <param name="Middle">Fraction of the power in frequencies from 1/8 to 1/4 cycle per position.</param>
/// <param name="High">Fraction of the power in frequencies from 1/4 to 1/2 cycle per position; at 1/2, neighboring positions alternate.</param>
public sealed record LatentChannel(int Channel, double Mean, double Deviation, double Low, double Middle, double High)
{
    /// <summary>Short name of the autoencoder, see <see cref="Training.Checkpoints.ModelName"/>; <c>null</c> if not set.</summary>
    public string? Model { get; init; }

    /// <summary>Formats the values as one line of text.</summary>
    public override string ToString() => FormattableString.Invariant($"channel {Channel}: mean {Mean:0.0000}, deviation {Deviation:0.0000}");
}

/// <summary>Quality of clips decoded from latents with added noise.</summary>
/// <param name="Noise">Standard deviation of the noise, relative to that of the latents.</param>
/// <param name="Psnr">PSNR of the decoded clips relative to the originals, in decibels.</param>
public sealed record NoisedDecode(double Noise, double Psnr)
{
    /// <summary>Short name of the autoencoder, see <see cref="Training.Checkpoints.ModelName"/>; <c>null</c> if not set.</summary>
    public string? Model { get; init; }

    /// <summary>Formats the values as one line of text.</summary>
    public override string ToString() => FormattableString.Invariant($"noise {Noise:0.00}: {Psnr:0.00} dB");
}

/// <summary>Examines an autoencoder's latents: whether a model can learn them, and whether channels or codes are wasted.</summary>
public sealed class LatentDoctor
{
    private static readonly double[] NoiseLevels = [0, 0.05, 0.1, 0.2, 0.4, 0.8];

    private readonly CodecModel model;
    private readonly Moments means;
    private readonly double[] posteriorVariance;
    private readonly double[,] power;
    private readonly double[] errors = new double[NoiseLevels.Length];
    private readonly CodeUsage? usage;
    private double white;
    private long posteriorCount;

    private LatentDoctor(CodecModel model)
    {
        this.model = model;
        means = new Moments(model.Codec.Channels);
        posteriorVariance = new double[model.Codec.Channels];
        power = new double[model.Codec.Channels, LatentSpectrum.Bands];
        usage = model.Codec.Codes is int codes ? new CodeUsage(codes) : null;
    }

    private string Name => ModelName.Of(model.Checkpoint.Path);

    /// <summary>Number of clips that were examined.</summary>
    public int Clips { get; private set; }

    /// <summary>Mean, deviation and spectrum of each channel of the latents.</summary>
    public IReadOnlyList<LatentChannel> Channels =>
    [
        .. Enumerable.Range(0, model.Codec.Channels).Select(channel =>
        {
            var total = Math.Max(Enumerable.Range(0, LatentSpectrum.Bands).Sum(band => power[channel, band]), double.Epsilon);
            return new LatentChannel(
                channel, means.Mean(channel), Math.Sqrt(means.Variance(channel)), power[channel, 0] / total, power[channel, 1] / total,
                power[channel, 2] / total) { Model = Name };
        }),
    ];

    /// <summary>Decoding quality at increasing noise levels, from no noise to almost pure noise.</summary>
    public IReadOnlyList<NoisedDecode> Noise =>
        [.. NoiseLevels.Zip(errors, (level, error) => new NoisedDecode(level, -10 * Math.Log10(error / Clips)) { Model = Name })];

    /// <summary>Problems found with the latents; empty if there are none.</summary>
    public IReadOnlyList<LatentProblem> Problems
    {
        get
        {
            var problems = new LatentProblems(model.Checkpoint.Path);
            var (channels, all) = (Channels, Enumerable.Range(0, model.Codec.Channels));
            var total = power.Cast<double>().Sum();
            return
            [
                .. problems.Of(channels, Math.Sqrt(all.Average(means.Variance))),
                .. model.Codec.HasPosterior && usage is null
                    ? problems.OfPosterior([.. all.Select(means.Variance)], [.. posteriorVariance.Select(sum => sum / posteriorCount)]) : [],
                .. total > 0 ? problems.OfSpectrum(all.Sum(channel => power[channel, LatentSpectrum.Bands - 1]) / total, white) : [],
                .. problems.OfNoise(Noise),
                .. usage is null ? [] : problems.OfCodes(usage),
            ];
        }
    }

    /// <summary>Encodes the clips in a folder and decodes them with increasing noise. Must not be called on the engine thread.</summary>
    /// <param name="folder">A folder of clips; for a split dataset, its val folder is used.</param>
    /// <param name="most">Maximum number of clips, selected evenly from the folder.</param>
    /// <exception cref="TinySoraException">The folder is missing or has no clips; NoUsableClips.</exception>
    public static LatentDoctor Examine(
        CodecModel model, string folder, ClipShape shape, int most, Action<SkippedClip> report, IProgress<ItemProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        var doctor = new LatentDoctor(model);
        var found = ClipReader.Find(DatasetSplit.FolderOf(folder, DatasetSplit.Validation));
        var sources = Enumerable.Range(0, Math.Min(most, found.Count)).Select(i => found[(int)((long)i * found.Count / Math.Min(most, found.Count))]).ToList();
        SkippedClip? first = null;
        foreach (var clip in ClipReader.ReadAll(sources, shape, model.Codec.Stride.Frames, Skip, cancellation))
        {
            EngineThread.Run(() => doctor.Check(clip));
            progress?.Report(new ItemProgress(doctor.Clips, sources.Count, clip.Path));
        }

        return doctor.Clips > 0 ? doctor : throw DataErrors.NoUsableClips(folder, sources.Count, first!.Reason);

        void Skip(SkippedClip clip)
        {
            first ??= clip;
            report(clip);
        }
    }

    private void Check(ClipReader.ReadClip read)
    {
        using var scope = NewDisposeScope();
        using var nothing = no_grad();
        var clip = read.ToTensor(model.Device);
        var latents = Latents(clip);
        means.Add(latents);
        var bands = LatentSpectrum.Power(latents);
        for (var i = 0; i < power.Length; i++)
        {
            var (channel, band) = (i / LatentSpectrum.Bands, i % LatentSpectrum.Bands);
            power[channel, band] += bands[channel, band].item<double>();
        }

        white = LatentSpectrum.WhiteShares((int)latents.size(3), (int)latents.size(4))[^1];
        using var generator = new Generator((ulong)Clips);
        var noise = randn(latents.shape, generator: generator).to(model.Device) * latents.std([0, 1, 2, 3, 4], unbiased: false, keepdim: true);
        for (var level = 0; level < NoiseLevels.Length; level++)
        {
            errors[level] += (model.Decode(latents + (noise * NoiseLevels[level])) - clip).square().mean().ToDouble();
        }

        Clips++;
    }

    /// <summary>Encodes a clip, and counts its codes or measures the posterior's variance.</summary>
    private Tensor Latents(Tensor clip)
    {
        if (usage is not null)
        {
            var tokens = model.Tokens(clip);
            usage.Add(tokens);
            return model.Codec.Vectors(tokens);
        }

        if (!model.Codec.HasPosterior)
        {
            return model.Encode(clip);
        }

        var parts = model.Moments(clip).chunk(2, 1);
        var variance = parts[1].exp().mean([0, 2, 3, 4]).cpu();
        for (var channel = 0; channel < posteriorVariance.Length; channel++)
        {
            posteriorVariance[channel] += variance[channel].item<float>();
        }

        posteriorCount++;
        return parts[0];
    }

    /// <summary>Running sums that yield the mean and variance of each channel.</summary>
    private sealed class Moments(int channels)
    {
        private readonly double[] sums = new double[channels];
        private readonly double[] squares = new double[channels];
        private double count;

        public double Mean(int channel) => sums[channel] / count;

        public double Variance(int channel) => Math.Max(0, (squares[channel] / count) - (Mean(channel) * Mean(channel)));

        public void Add(Tensor latents)
        {
            var x = latents.to(ScalarType.Float64).cpu();
            var (sum, square) = (x.sum([0, 2, 3, 4]), x.square().sum([0, 2, 3, 4]));
            for (var channel = 0; channel < sums.Length; channel++)
            {
                sums[channel] += sum[channel].item<double>();
                squares[channel] += square[channel].item<double>();
            }

            count += x.numel() / (double)sums.Length;
        }
    }
}
