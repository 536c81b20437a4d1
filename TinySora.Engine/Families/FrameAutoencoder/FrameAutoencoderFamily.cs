using TinySora.Engine.Compute;
using TinySora.Engine.Configuration;
using TinySora.Engine.Data;
using TinySora.Engine.Data.Frames;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.FrameAutoencoder;

/// <summary>Autoencoders that take each frame by itself: the Latte tutorial's.</summary>
public sealed class FrameAutoencoderFamily : ModelFamily
{
    public override FamilyConfig NewConfig() => new FrameAutoencoderConfig();

    public override SettingSchema? Settings(RunConfig config) => null;

    public override IExamples Open(RunConfig config, string folder, IProgress<ItemProgress>? progress, CancellationToken cancellation) =>
        FrameExamples.Open(folder, FrameAutoencoderConfig.Of(config).Frame, progress, cancellation);

    public override int Count(RunConfig config, string folder) => FrameExamples.CountIn(folder);

    public override (RunConfig Config, IExamples Examples) Synthetic(RunConfig config) =>
        (config, new SyntheticClips(new ClipNeeds(FrameAutoencoderConfig.Of(config).Shape)));

    public override ITrainingTask Create(RunConfig config, IExamples data, Device device) => new FrameTask(config, device);

    public override ITrainingTask Restore(
        RunConfig config, IReadOnlyDictionary<string, string> metadata, Device device, IExamples? more = null) => new FrameTask(config, device);
}
