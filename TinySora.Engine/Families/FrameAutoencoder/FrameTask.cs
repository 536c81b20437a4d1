using TinySora.Engine.Compute.Devices;
using TinySora.Engine.Configuration;
using TinySora.Engine.Data.Examples;
using TinySora.Engine.Errors;
using TinySora.Engine.Evaluation;
using TinySora.Engine.Families.FrameAutoencoder.Config;
using TinySora.Engine.Families.FrameAutoencoder.Networks;
using TinySora.Engine.Formats;
using TinySora.Engine.Formats.PyTorch;
using TinySora.Engine.Training.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.FrameAutoencoder;

/// <summary>Training of an autoencoder for single frames.</summary>
public sealed class FrameTask : TrainingTask<ClipBatch>
{
    private readonly FrameAutoencoderConfig config;
    private readonly TrainerConfig trainer;
    private readonly Device device;
    private readonly FrameModel model;
    private readonly FrameCodec codec;
    private readonly Lazy<Lpips>? lpips;

    /// <summary>Frames that the autoencoder decoded in this step, which the discriminator's update uses; one tensor per micro-batch.</summary>
    private readonly Queue<Tensor> made = new();

    public FrameTask(RunConfig<FrameAutoencoderConfig> config, Device device)
    {
        this.config = config.Family;
        this.device = device;
        trainer = config.Trainer;
        var loss = this.config.Loss;
        model = new FrameModel(this.config.Model, this.config.Loss).to(device);
        if (loss.DecoderOnly)
        {
            FixedEncoder.Freeze(model.Autoencoder.EncodingLayers);
        }

        Files = new FrameFiles(this.config.Files, model);
        codec = new FrameCodec(model.Autoencoder, this.config, trainer.Amp, device);
        Groups = model.Discriminator is null ? [ParameterGroup.All]
            : [Group(FrameModel.AutoencoderName), Group(FrameModel.DiscriminatorName) with { StartStep = loss.DiscStart }];

        // LPIPS is loaded on first use, because encoding does not require its files.
        lpips = loss.PerceptualWeight > 0
            ? new(() => (loss.VggPath.Length == 0 ? new Lpips() : Lpips.Load(loss.VggPath, loss.LpipsPath)).to(device)) : null;
        ValidationMetrics = ["recon", "psnr", .. lpips is null ? Array.Empty<string>() : ["lpips"]];
    }

    public override nn.Module Model => model;
    public override IReadOnlyList<ParameterGroup> Groups { get; }
    public override IClipCodec Codec => codec;
    public override IReadOnlyList<NetworkGraph> Graphs => codec.Graphs;
    public override IRunFiles Files { get; }
    public override IReadOnlyList<string> ValidationMetrics { get; }

    protected override StepLoss Loss(ClipBatch batch, int group, StepContext context)
    {
        using var precision = trainer.Amp.Use(device);
        var frames = FrameCodec.ToNetwork(batch.Clips); // (B, F, H, W, C)
        return group == 0 ? OfAutoencoder(frames, context) : OfDiscriminator(frames);
    }

    /// <summary>
    /// Measures frames decoded from the means of their latents: the mean squared error in the range [-1, 1], as in training, and the mean peak
    /// signal-to-noise ratio of frames clamped to that range.
    /// </summary>
    protected override IReadOnlyDictionary<string, double> Validate(IEnumerable<ClipBatch> batches)
    {
        var (recon, psnr, perceptual, count) = (0.0, 0.0, 0.0, 0L);
        foreach (var batch in batches)
        {
            using var scope = NewDisposeScope();
            using var nothing = no_grad();
            var decoded = Codec.Decode(Codec.Encode(batch.Clips));
            var errors = SquaredErrors(decoded, batch.Clips);
            recon += 4 * errors.sum().ToDouble(); // [-1, 1] is twice as wide as [0, 1]
            psnr -= 10 / Math.Log(10) * SquaredErrors(decoded.clamp(0, 1), batch.Clips).clamp_min(1e-10).log().sum().ToDouble();
            perceptual += lpips?.Value.Distance(FrameCodec.ToNetwork(decoded), FrameCodec.ToNetwork(batch.Clips)).sum().ToDouble() ?? 0;
            count += errors.numel();
        }

        return ValidationMetrics.Zip([recon, psnr, perceptual]).ToDictionary(item => item.First, item => item.Second / count);
    }

    public override void Dispose()
    {
        foreach (var frames in made)
        {
            frames.Dispose();
        }

        if (lpips is { IsValueCreated: true })
        {
            lpips.Value.Dispose();
        }

        base.Dispose();
    }

    private static ParameterGroup Group(string part) => new(part, name => name.StartsWith(part + ".", StringComparison.Ordinal));

    /// <summary>Returns the autoencoder's loss, with a least-squares adversarial term (Mao et al. 2017).</summary>
    private StepLoss OfAutoencoder(Tensor frames, StepContext context)
    {
        var posterior = new Posterior(FixedEncoder.Encode(model, config.Loss.DecoderOnly, () => model.Autoencoder.Encode(frames)));
        var decoded = model.Autoencoder.Decode(posterior.Sample(context.Random)); // (B, F, H, W, C)
        var recon = nn.functional.mse_loss(decoded, frames);
        var divergence = posterior.Divergence();
        var total = recon + (divergence * config.Loss.KlWeight);
        var scalars = new List<(string, Tensor)> { ("recon", recon), ("kl", divergence) };
        if (lpips is not null)
        {
            var distance = lpips.Value.Distance(decoded, frames).mean();
            total = total + (distance * config.Loss.PerceptualWeight);
            scalars.Add(("perceptual", distance));
        }

        if (model.Discriminator is not null && context.Step >= config.Loss.DiscStart)
        {
            var judged = model.Discriminator.forward(decoded);
            var taken = nn.functional.mse_loss(judged, ones_like(judged));
            total = total + (taken * config.Loss.DiscWeight);
            scalars.Add(("gan.g", taken));
            made.Enqueue(decoded.detach().DetachFromDisposeScope());
        }

        return new StepLoss(total) { Scalars = scalars };
    }

    /// <summary>Returns the discriminator's loss on the frames that the autoencoder decoded before its own update.</summary>
    private StepLoss OfDiscriminator(Tensor frames)
    {
        using var decoded = made.Dequeue();
        var ofMade = model.Discriminator!.forward(decoded);
        var ofReal = model.Discriminator.forward(frames);
        var wrong = (nn.functional.mse_loss(ofMade, zeros_like(ofMade)) + nn.functional.mse_loss(ofReal, ones_like(ofReal))) / 2;
        var total = wrong * config.Loss.DiscWeight;
        if (config.Loss.DiscKeepsGradient)
        {
            var kept = nn.functional.mse_loss(ofMade, ones_like(ofMade)) * config.Loss.DiscWeight;
            total = total + (kept - kept.detach()); // adds the gradient without changing the loss value
        }

        return new StepLoss(total) { Scalars = [("gan.d", wrong)] };
    }

    /// <returns>(B, F) from (B, C, F, H, W).</returns>
    private static Tensor SquaredErrors(Tensor a, Tensor b) => (a - b).square().mean([1L, 3L, 4L]);
}

/// <summary>Both networks as plain state dicts, in the format of the Latte tutorial's code.</summary>
internal sealed class FrameFiles(FrameFilesConfig config, FrameModel model) : IRunFiles
{
    private IEnumerable<(string Name, nn.Module Network)> Networks =>
        new (string? Name, nn.Module? Network)[] { (config.Autoencoder, model.Autoencoder), (config.Discriminator, model.Discriminator) }
            .Where(item => item is { Name: not null, Network: not null }).Select(item => (item.Name!, item.Network!));

    /// <exception cref="TinySoraException">OtherModel, or errors in opening the files.</exception>
    public string? Load(string folder)
    {
        var found = Networks.Select(item => (Path: Path.Combine(folder, item.Name), item.Network)).Where(item => File.Exists(item.Path)).ToList();
        foreach (var (path, network) in found)
        {
            ModelWeights.Fill(path, network.state_dict());
        }

        return found.Count == 0 ? null : $"Starting from the weights of {string.Join(" and ", found.Select(item => $"'{item.Path}'"))}.";
    }

    /// <exception cref="TinySoraException">CannotWrite.</exception>
    public void Save(string folder)
    {
        foreach (var (name, network) in Networks)
        {
            using var scope = NewDisposeScope();
            PyTorchFile.Write(Path.Combine(folder, name), network.state_dict().ToDictionary(
                item => item.Key, item => (object)new StoredTensor(item.Value.dtype, item.Value.shape, () => item.Value.detach().cpu().clone().contiguous())));
        }
    }

    public string? GetPicturePath(int number) => config.Samples?.Replace("*", FormattableString.Invariant($"{number}"), StringComparison.Ordinal);
}
