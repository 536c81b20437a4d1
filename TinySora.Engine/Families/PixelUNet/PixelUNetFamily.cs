using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Configuration;
using TinySora.Engine.Data.Examples;
using TinySora.Engine.Families.Denoising;
using TinySora.Engine.Text;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.PixelUNet;

/// <summary>Tiny SORA: a 3-D U-Net that denoises clips in pixels, guided by text.</summary>
public sealed class PixelUNetFamily : ModelFamily
{
    public override IReadOnlyList<string> FormerNames => ["tiny-sora"];

    public override PublishedWeights Published { get; } = new PixelUNetWeights();

    public override FamilyConfig NewConfig() => new PixelUNetConfig();

    public override void CheckCompanions(RunConfig config, string? folder) => TextEncoders.Check(PixelUNetConfig.Of(config).TextEncoder);

    public override ClipNeeds Clips(RunConfig config)
    {
        var own = PixelUNetConfig.Of(config);
        return new(own.Shape(config.Trainer))
        {
            TakesText = own.Model.EffectiveTextEncoder != TextEncoderKind.None,
            VectorWidth = own.Model.VectorWidth,
            Mirrors = config.Trainer.HorizontalFlip,
            FramesKey = "diffusion.num_frames",
        };
    }

    public override SettingSchema Settings(RunConfig config)
    {
        var model = PixelUNetConfig.Of(config).Model;
        return new(SamplingDefaults.Settings)
        {
            TakesText = model.EffectiveTextEncoder != TextEncoderKind.None, VectorWidth = model.VectorWidth, Clips = 2, ShowsGuesses = true,
        };
    }

    public override IExamples Open(RunConfig config, string folder, IProgress<ItemProgress>? progress, CancellationToken cancellation) =>
        ClipExamples.Open(folder, Clips(config), progress, cancellation);

    public override int Count(RunConfig config, string folder) => ClipDataset.CountIn(folder, Clips(config));

    /// <summary>Texts are encoded by a frozen encoder once, before the steps: vectors stand for them.</summary>
    public override (RunConfig Config, IExamples Examples) Synthetic(RunConfig config, string? folder)
    {
        var own = PixelUNetConfig.Of(config);
        if (TextEncoders.FrozenWidth(own.TextEncoder) is int width)
        {
            config = config with { Family = own with { Model = own.Model with { TextEncoder = TextEncoderKind.None, CondDim = width } } };
        }

        return (config, new SyntheticClips(Clips(config)));
    }

    public override ITrainingTask Create(RunConfig config, IExamples data, Device device) => DiffusionTask.Create(config, data.Captions, device);

    public override ITrainingTask Restore(
        RunConfig config, IReadOnlyDictionary<string, string> metadata, Device device, IExamples? more = null) =>
        DiffusionTask.Restore(config, metadata, device, more?.Captions);
}
