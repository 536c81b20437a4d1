using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Configuration;
using TinySora.Engine.Data.Examples;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.VideoAutoencoder;

/// <summary>Networks that make latents or tokens of whole clips, and clips of those: minisora's, VideoGPT's and ours.</summary>
public sealed class VideoAutoencoderFamily : ModelFamily
{
    public override PublishedWeights Published { get; } = new VideoAutoencoderWeights();

    public override FamilyConfig NewConfig() => new VideoAutoencoderConfig();

    public override ClipNeeds Clips(RunConfig config) => new(VideoAutoencoderConfig.Of(config).Shape(config.Trainer))
    {
        TakesText = false, Mirrors = config.Trainer.HorizontalFlip, FramesKey = "clip.sequence_length",
    };

    /// <summary>It makes no videos of prompts.</summary>
    public override SettingSchema? Settings(RunConfig config) => null;

    public override IExamples Open(RunConfig config, string folder, IProgress<ItemProgress>? progress, CancellationToken cancellation) =>
        ClipExamples.Open(folder, Clips(config), progress, cancellation);

    public override int Count(RunConfig config, string folder) => ClipDataset.CountIn(folder, Clips(config));

    public override (RunConfig Config, IExamples Examples) Synthetic(RunConfig config, string? folder) => (config, new SyntheticClips(Clips(config)));

    public override ITrainingTask Create(RunConfig config, IExamples data, Device device) => new VideoAutoencoderTask(config, device);

    public override ITrainingTask Restore(
        RunConfig config, IReadOnlyDictionary<string, string> metadata, Device device, IExamples? more = null) => new VideoAutoencoderTask(config, device);
}
