using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Configuration;
using TinySora.Engine.Data.Examples;
using TinySora.Engine.Families.DiffusionModels;
using TinySora.Engine.Text;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.PixelUNet;

/// <summary>Tiny SORA: a 3-D U-Net that denoises pixels, conditioned on text.</summary>
internal sealed class PixelUNetFamily : Family<PixelUNetConfig, ClipBatch>
{
    public override IReadOnlyList<string> FormerNames => ["tiny-sora"];

    public override PublishedWeights Published { get; } = new PixelUNetWeights();

    protected override void CheckDependencies(RunConfig<PixelUNetConfig> config, string? folder) => TextEncoders.Check(config.Family.TextEncoder);

    protected override ClipRequirements Clips(RunConfig<PixelUNetConfig> config)
    {
        var own = config.Family;
        return new(own.Shape(config.Trainer), own.ClipKeys)
        {
            TakesText = own.Model.EffectiveTextEncoder != TextEncoderKind.None,
            Captions = CaptionSampling.For(config.Trainer),
            VectorWidth = own.Model.VectorWidth,
            Mirrors = config.Trainer.HorizontalFlip,
        };
    }

    protected override SettingSchema Settings(RunConfig<PixelUNetConfig> config)
    {
        var model = config.Family.Model;
        return new(SamplingDefaults.Settings)
        {
            TakesText = model.EffectiveTextEncoder != TextEncoderKind.None, VectorWidth = model.VectorWidth, Clips = 2, SupportsPreviews = true,
        };
    }

    protected override IExamples<ClipBatch> Open(
        RunConfig<PixelUNetConfig> config, string folder, IProgress<ItemProgress>? progress, CancellationToken cancellation) =>
        ClipExamples.Open(folder, Clips(config), progress, cancellation);

    protected override int Count(RunConfig<PixelUNetConfig> config, string folder) => ClipDataset.CountIn(folder, Clips(config));

    /// <summary>
    /// Returns a configuration and clips for measuring. For a frozen text encoder, vectors replace the texts, because texts are encoded only once, before the
    /// first step.
    /// </summary>
    protected override (PixelUNetConfig Config, IExamples<ClipBatch> Examples) CreateSynthetic(RunConfig<PixelUNetConfig> config, string? folder)
    {
        var own = config.Family;
        if (TextEncoders.FrozenWidth(own.TextEncoder) is int width)
        {
            own = own with { Model = own.Model with { TextEncoder = TextEncoderKind.None, CondDim = width } };
        }

        return (own, new SyntheticClips(Clips(config with { Family = own })));
    }

    protected override TrainingTask<ClipBatch> Create(RunConfig<PixelUNetConfig> config, IExamples<ClipBatch> data, Device device) =>
        PixelUNetTask.Create(config, data.AllCaptions, device);

    protected override TrainingTask<ClipBatch> Restore(
        RunConfig<PixelUNetConfig> config, IReadOnlyDictionary<string, string> metadata, Device device, IExamples<ClipBatch>? more) =>
        PixelUNetTask.Restore(config, metadata, device, more?.AllCaptions);
}
