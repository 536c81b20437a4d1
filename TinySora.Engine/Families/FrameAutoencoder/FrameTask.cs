using TinySora.Engine.Compute;
using TinySora.Engine.Configuration;
using TinySora.Engine.Data;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.FrameAutoencoder;

/// <summary>Learns to encode frames into few numbers and to decode those.</summary>
public sealed class FrameTask : ITrainingTask
{
    private readonly FrameAutoencoderConfig config;
    private readonly TrainerConfig trainer;
    private readonly Device device;
    private readonly FrameModel model;

    /// <summary>A task with new weights, drawn from the default generator.</summary>
    public FrameTask(RunConfig config, Device device)
    {
        this.config = FrameAutoencoderConfig.Of(config);
        this.device = device;
        trainer = config.Trainer;
        model = new FrameModel(new FrameVae(this.config.Model)).to(device);
        Codec = new FrameCodec(model.Autoencoder, this.config, trainer.Amp, device);
    }

    public nn.Module Model => model;

    public IReadOnlyDictionary<string, string> Metadata { get; } = new Dictionary<string, string>();

    public IReadOnlyList<ParameterGroup> Groups { get; } = [ParameterGroup.All];

    public IClipCodec Codec { get; }

    public IReadOnlyList<string> Measured { get; } = ["recon", "psnr"];

    public StepLoss Loss(Batch batch, int group, StepContext context)
    {
        using var precision = Precision.Use(trainer.Amp, device);
        var frames = FrameCodec.ToNetwork(((ClipBatch)batch).Clips);             // (B, F, H, W, C)
        var posterior = new Posterior(model.Autoencoder.Encode(frames));
        var decoded = model.Autoencoder.Decode(posterior.Sample(context.Generator)); // (B, F, H, W, C)
        var recon = nn.functional.mse_loss(decoded, frames);
        var divergence = posterior.Divergence();
        return new StepLoss(recon + (divergence * config.Loss.KlWeight)) { Scalars = [("recon", recon), ("kl", divergence)] };
    }

    /// <summary>
    /// Of frames decoded from the means of their latents: the mean squared distance where black is -1 and white 1, as in training, and
    /// the mean of the peak signal-to-noise ratios of frames whose values were cut off at black and white.
    /// </summary>
    public IReadOnlyDictionary<string, double> Validate(IEnumerable<Batch> batches)
    {
        var (recon, psnr, count) = (0.0, 0.0, 0L);
        foreach (var batch in batches.Cast<ClipBatch>())
        {
            using var scope = NewDisposeScope();
            using var nothing = no_grad();
            var decoded = Codec.Decode(Codec.Encode(batch.Clips));
            var errors = SquaredErrors(decoded, batch.Clips);
            recon += 4 * errors.sum().ToDouble(); // twice the range of [0, 1]
            psnr -= 10 / Math.Log(10) * SquaredErrors(decoded.clamp(0, 1), batch.Clips).clamp_min(1e-10).log().sum().ToDouble();
            count += errors.numel();
        }

        return new Dictionary<string, double> { ["recon"] = recon / count, ["psnr"] = psnr / count };
    }

    public void Dispose() => model.Dispose();

    /// <returns>(B, F) of (B, C, F, H, W).</returns>
    private static Tensor SquaredErrors(Tensor a, Tensor b) => (a - b).square().mean([1L, 3L, 4L]);
}
