using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Configuration;
using TinySora.Engine.Data.Examples;
using TinySora.Engine.Data.Frames;
using TinySora.Engine.Evaluation;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.FrameAutoencoder;

/// <summary>Autoencoders that encode each frame separately, as in the Latte tutorial and in Stable Diffusion.</summary>
internal sealed class FrameAutoencoderFamily : Family<FrameAutoencoderConfig, ClipBatch>
{
    public override bool IsAutoencoder => true;
    public override PublishedWeights Published { get; } = new FrameAutoencoderWeights();

    protected override void CheckDependencies(RunConfig<FrameAutoencoderConfig> config, string? folder)
    {
        var loss = config.Family.Loss;
        if (loss.PerceptualWeight > 0)
        {
            Lpips.CheckFiles(loss.VggPath, loss.LpipsPath);
        }
    }

    protected override IExamples<ClipBatch> Open(
        RunConfig<FrameAutoencoderConfig> config, string folder, IProgress<ItemProgress>? progress, CancellationToken cancellation) =>
        FrameExamples.Open(folder, config.Family.Frame, progress, cancellation);

    protected override int Count(RunConfig<FrameAutoencoderConfig> config, string folder) => FrameExamples.CountIn(folder);

    /// <summary>
    /// Returns a configuration and clips for measuring steps with all loss terms. LPIPS has random weights, which take the same time as trained weights.
    /// </summary>
    protected override (FrameAutoencoderConfig Config, IExamples<ClipBatch> Examples) CreateSynthetic(RunConfig<FrameAutoencoderConfig> config, string? folder)
    {
        var own = config.Family;
        ClipKeys keys = new("data.height", "data.width", Frames: "");
        return (own with { Loss = own.Loss with { DiscStart = 0, VggPath = "", LpipsPath = "" } }, new SyntheticClips(new ClipRequirements(own.Shape, keys)));
    }

    protected override TrainingTask<ClipBatch> Create(RunConfig<FrameAutoencoderConfig> config, IExamples<ClipBatch> data, Device device) =>
        new FrameTask(config, device);

    protected override TrainingTask<ClipBatch> Restore(
        RunConfig<FrameAutoencoderConfig> config, IReadOnlyDictionary<string, string> metadata, Device device, IExamples<ClipBatch>? more) =>
        new FrameTask(config, device) { Metadata = FixedEncoder.MetadataIn(metadata) };
}
