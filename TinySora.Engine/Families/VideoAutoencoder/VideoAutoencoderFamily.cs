using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Configuration;
using TinySora.Engine.Data.Examples;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.VideoAutoencoder;

/// <summary>Autoencoders that encode whole clips as latents or tokens: the networks of minisora, VideoGPT and TinySora.</summary>
internal sealed class VideoAutoencoderFamily : Family<VideoAutoencoderConfig, ClipBatch>
{
    public override bool IsAutoencoder => true;
    public override PublishedWeights Published { get; } = new VideoAutoencoderWeights();

    protected override ClipRequirements Clips(RunConfig<VideoAutoencoderConfig> config) => new(config.Family.Shape(config.Trainer), config.Family.ClipKeys)
    {
        TakesText = false, Mirrors = config.Trainer.HorizontalFlip,
    };

    protected override IExamples<ClipBatch> Open(
        RunConfig<VideoAutoencoderConfig> config, string folder, IProgress<ItemProgress>? progress, CancellationToken cancellation) =>
        ClipExamples.Open(folder, Clips(config), progress, cancellation);

    protected override int Count(RunConfig<VideoAutoencoderConfig> config, string folder) => ClipDataset.CountIn(folder, Clips(config));

    protected override (VideoAutoencoderConfig Config, IExamples<ClipBatch> Examples) CreateSynthetic(
        RunConfig<VideoAutoencoderConfig> config, string? folder) =>
        (config.Family, new SyntheticClips(Clips(config)));

    protected override TrainingTask<ClipBatch> Create(RunConfig<VideoAutoencoderConfig> config, IExamples<ClipBatch> data, Device device) =>
        new VideoAutoencoderTask(config, device);

    protected override TrainingTask<ClipBatch> Restore(
        RunConfig<VideoAutoencoderConfig> config, IReadOnlyDictionary<string, string> metadata, Device device, IExamples<ClipBatch>? more) =>
        new VideoAutoencoderTask(config, device) { Metadata = FixedEncoder.MetadataIn(metadata) };
}
