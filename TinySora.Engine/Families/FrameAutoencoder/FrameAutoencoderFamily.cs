using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Configuration;
using TinySora.Engine.Data.Examples;
using TinySora.Engine.Data.Frames;
using TinySora.Engine.Evaluation;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.FrameAutoencoder;

/// <summary>Autoencoders that take each frame by itself: the Latte tutorial's.</summary>
public sealed class FrameAutoencoderFamily : ModelFamily
{
    public override FamilyConfig NewConfig() => new FrameAutoencoderConfig();

    public override PublishedWeights Published { get; } = new FrameAutoencoderWeights();

    public override void CheckCompanions(RunConfig config, string? folder)
    {
        var loss = FrameAutoencoderConfig.Of(config).Loss;
        if (loss.PerceptualWeight > 0)
        {
            Lpips.CheckFiles(loss.VggPath, loss.LpipsPath);
        }
    }

    public override SettingSchema? Settings(RunConfig config) => null;

    public override IExamples Open(RunConfig config, string folder, IProgress<ItemProgress>? progress, CancellationToken cancellation) =>
        FrameExamples.Open(folder, FrameAutoencoderConfig.Of(config).Frame, progress, cancellation);

    public override int Count(RunConfig config, string folder) => FrameExamples.CountIn(folder);

    /// <summary>Measured are the steps with all parts of the loss; weights that nobody has trained take as long.</summary>
    public override (RunConfig Config, IExamples Examples) Synthetic(RunConfig config, string? folder)
    {
        var own = FrameAutoencoderConfig.Of(config);
        return (config with { Family = own with { Loss = own.Loss with { DiscStart = 0, VggPath = "", LpipsPath = "" } } },
            new SyntheticClips(new ClipNeeds(own.Shape)));
    }

    public override ITrainingTask Create(RunConfig config, IExamples data, Device device) => new FrameTask(config, device);

    public override ITrainingTask Restore(
        RunConfig config, IReadOnlyDictionary<string, string> metadata, Device device, IExamples? more = null) => new FrameTask(config, device);
}
