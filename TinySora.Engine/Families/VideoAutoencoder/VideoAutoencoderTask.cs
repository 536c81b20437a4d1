using TinySora.Engine.Compute.Devices;
using TinySora.Engine.Compute.Processes;
using TinySora.Engine.Configuration;
using TinySora.Engine.Data.Examples;
using TinySora.Engine.Families.VideoAutoencoder.Config;
using TinySora.Engine.Families.VideoAutoencoder.Networks;
using TinySora.Engine.Families.VideoAutoencoder.Quantizers;
using TinySora.Engine.Latents;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.VideoAutoencoder;

internal sealed class VideoAutoencoderTask : TrainingTask<ClipBatch>
{
    private const string Recon = "recon";
    private const string Psnr = "psnr";
    private const string Usage = "usage";
    private const string Perplexity = "perplexity";

    /// <summary>Mean squared error, equivalent to a PSNR of 50 dB, that is added under the square root to limit the slope of the root.</summary>
    private const double MinError = 1e-5;

    private readonly VideoAutoencoderConfig own;
    private readonly MixedPrecision amp;
    private readonly Device device;
    private readonly ClipAutoencoder model;
    private readonly ClipCodec codec;

    /// <summary>Creates a task with new weights from the default generator.</summary>
    public VideoAutoencoderTask(RunConfig<VideoAutoencoderConfig> config, Device device)
    {
        own = config.Family;
        amp = config.Trainer.Amp;
        this.device = device;
        model = own.Variant.Create(own.Model, own.Loss);
        model.to(device);
        if (own.Loss.DecoderOnly)
        {
            FixedEncoder.Freeze(model.EncodingLayers);
        }

        codec = new ClipCodec(model, own, own.Shape(config.Trainer), amp, device);
    }

    public override nn.Module Model => model;
    public override IClipCodec Codec => codec;
    public override IReadOnlyList<NetworkGraph> Graphs => codec.Graphs;
    public override IReadOnlyList<string> ValidationMetrics => model.Usage is null ? [Recon, Psnr] : [Recon, Psnr, Usage, Perplexity];

    /// <summary>
    /// Returns error(x̂, x) / recon_variance + the quantizer's loss + kl_loss_weight · KL. The first batch in an epoch may replace unused codes. The
    /// replacement depends only on the counts, the weights and the step's generator, so a repeated step has the same result.
    /// </summary>
    protected override StepLoss Loss(ClipBatch batch, int group, StepContext context)
    {
        using var precision = amp.Use(device);
        BeginEpoch(context);
        var scalars = new List<(string, Tensor)>();
        var x = ClipAutoencoder.Pixels(batch.Clips);
        var (z, logVariance) = FixedEncoder.Encode(model, own.Loss.DecoderOnly, () => model.Encode(x));
        Tensor? total = null;
        if (logVariance is not null)
        {
            var kl = -0.5 * (1 + logVariance - z.square() - logVariance.exp()).mean();
            scalars.Add(("kl", kl));
            total = kl * own.Loss.KlLossWeight;
            var noise = context.Random.Normal(z.shape).to(device);
            z += (logVariance / 2).exp() * noise;
        }

        if (model.Quantizer is Quantizer quantizer)
        {
            var quantized = own.Loss.DecoderOnly ? quantizer.QuantizeFixed(z) : quantizer.Quantize(z, context.Random);
            z = quantized.Latents;
            if (quantized.Loss is Tensor commitment)
            {
                scalars.Add(("commitment", commitment));
                total = total is null ? commitment : total + commitment;
            }

            model.Usage!.Add(context.Random.Share.GatherAll(quantized.Tokens.flatten()));
            scalars.Add(($"codebook.{Usage}", EpochUsage.Share(model.Usage.Counts)));
            scalars.Add(($"codebook.{Perplexity}", EpochUsage.Perplexity(model.Usage.Counts)));
        }

        var (squared, recon) = Errors(model.Decode(z), x);
        scalars.Insert(0, (Recon, squared));
        recon /= own.Loss.ReconVariance;
        return new(total is null ? recon : total + recon) { Scalars = [.. scalars.Select(scalar => (scalar.Item1, scalar.Item2.detach()))] };
    }

    /// <summary>
    /// Returns means over clips: the squared error of pixels, and the peak signal-to-noise ratio of the displayed clip, which is clamped to the range from
    /// black to white. Latents are the means of their distributions, or the nearest codes. Code usage is counted over all clips.
    /// </summary>
    protected override IReadOnlyDictionary<string, double> Validate(IEnumerable<ClipBatch> batches)
    {
        using var nothing = no_grad();
        var seen = model.Quantizer is Quantizer quantizer ? new CodeUsage(quantizer.Codes) : null;
        var (recon, psnr, count) = (0.0, 0.0, 0L);
        foreach (var batch in batches)
        {
            using var scope = NewDisposeScope();
            var latents = codec.Encode(batch.Clips, seen: tokens => seen!.Add(tokens));
            var decoded = codec.Decode(latents);
            var shown = decoded.clamp(0, 1);
            recon += SquaredErrors(own.Loss.Recon == ReconError.Shown ? shown : decoded, batch.Clips).sum().ToDouble();
            psnr += (SquaredErrors(shown, batch.Clips).clamp_min(1e-10).log() * (-10 / Math.Log(10))).sum().ToDouble();
            count += batch.Names.Count;
        }

        var measured = new Dictionary<string, double> { [Recon] = recon / count, [Psnr] = psnr / count };
        if (seen is not null)
        {
            (measured[Usage], measured[Perplexity]) = (seen.Share, seen.Perplexity);
        }

        return measured;
    }

    /// <summary>Returns the mean squared error of each clip, (B).</summary>
    private static Tensor SquaredErrors(Tensor decoded, Tensor clips) => (decoded - clips).square().mean([1, 2, 3, 4]);

    /// <summary>Returns the mean squared error, and the error selected by <c>loss.recon</c>.</summary>
    private (Tensor Squared, Tensor Recon) Errors(Tensor decoded, Tensor x)
    {
        if (own.Loss.Recon == ReconError.Square)
        {
            var squared = nn.functional.mse_loss(decoded, x);
            return (squared, squared);
        }

        var isRight = ((x <= -ClipAutoencoder.Grey) & (decoded < x)) | ((x >= 1 - ClipAutoencoder.Grey) & (decoded > x));
        var each = SquaredErrors(where(isRight, x, decoded), x);
        return (each.mean(), (each + MinError).sqrt().mean());
    }

    private void BeginEpoch(StepContext context)
    {
        var epoch = context.Step / context.StepsPerEpoch;
        if (model.Usage is not EpochUsage usage || usage.Epoch == epoch)
        {
            return;
        }

        // As in the published code, the epoch that has ended is counted from 0, so codes are not replaced after the first epoch.
        if (!own.Loss.DecoderOnly && own.Loss.ReinitEveryNEpochs is int every && usage.Epoch > 0 && usage.Epoch % every == 0)
        {
            model.Quantizer!.Reinitialize(usage.Counts, context.Generator);
        }

        usage.StartEpoch(epoch);
    }
}
