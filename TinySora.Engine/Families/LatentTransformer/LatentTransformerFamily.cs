using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Configuration;
using TinySora.Engine.Data.Examples;
using TinySora.Engine.Data.Worlds;
using TinySora.Engine.Families.DiffusionModels;
using TinySora.Engine.Families.LatentVideos;
using TinySora.Engine.Families.LatentTransformer.Config;
using TinySora.Engine.Text;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.LatentTransformer;

/// <summary>Models that denoise latents, token vectors or pixels: DiT, Latte, ST-DiT and a U-Net.</summary>
internal sealed class LatentTransformerFamily : Family<LatentTransformerConfig, LatentBatch>
{
    private static readonly Setting[] Sizes =
    [
        new(Setting.Frames, SettingKind.WholeNumber, "Number of frames of the video."),
        new(Setting.Height, SettingKind.WholeNumber, "Height of the video in pixels."),
        new(Setting.Width, SettingKind.WholeNumber, "Width of the video in pixels."),
    ];

    public override PublishedWeights Published { get; } = new LatentTransformerWeights();

    protected override void CheckDependencies(RunConfig<LatentTransformerConfig> config, string? folder)
    {
        var own = config.Family;
        if (own.Codec is CodecDependency codec)
        {
            LatentVideoFolder.CheckCodec(codec, folder, own.Latents.Kind, own.Clip, own.Latents.Saved);
        }

        if (own.TextEncoder is TextEncoderChoice choice)
        {
            TextEncoders.Check(choice);
        }

        if (folder is not null && own.Diffusion.Teacher is string teacher)
        {
            TeacherModel.CheckExists(teacher);
        }
    }

    protected override ClipRequirements? Clips(RunConfig<LatentTransformerConfig> config)
    {
        var own = config.Family;
        return !own.Latents.IsPixels ? null : new(own.Shape(VideoClipConfig.PixelChannels), own.ClipKeys)
        {
            TakesText = own.Model.Conditioning != Conditioning.None, Captions = CaptionSampling.For(config.Trainer),
            Mirrors = config.Trainer.HorizontalFlip,
        };
    }

    protected override ClipRequirements? Sources(RunConfig<LatentTransformerConfig> config)
    {
        // Distillation reads only the captions.
        var own = config.Family;
        return own.Latents.IsPixels || own.Diffusion.Teacher is not null ? Clips(config) : own.Clip.Sources(own.Model.Conditioning != Conditioning.None);
    }

    protected override SettingSchema Settings(RunConfig<LatentTransformerConfig> config) => new([.. SamplingDefaults.Settings, .. Sizes])
    {
        TakesText = config.Family.Model.Conditioning != Conditioning.None, Clips = 2, SupportsPreviews = true,
    };

    protected override IExamples<LatentBatch> Open(
        RunConfig<LatentTransformerConfig> config, string folder, IProgress<ItemProgress>? progress, CancellationToken cancellation)
    {
        var own = config.Family;
        if (Clips(config) is ClipRequirements needs)
        {
            return new PixelExamples(ClipExamples.Open(folder, needs, progress, cancellation), own.Clip.PixelRange);
        }

        CheckDependencies(config, folder);
        return LatentVideoFolder.Open(
            own.Codec!, folder, own.Latents.Kind, own.Clip, own.Clip.Images, Captions(config), own.Latents.Saved, progress, cancellation);
    }

    protected override int Count(RunConfig<LatentTransformerConfig> config, string folder)
    {
        var own = config.Family;
        if (Clips(config) is ClipRequirements needs)
        {
            return ClipDataset.CountIn(folder, needs);
        }

        return LatentVideoFolder.Count(folder, own.Clip, Captions(config), () => Open(config, folder, null, CancellationToken.None));
    }

    /// <summary>
    /// Returns a configuration and examples for measuring. Latents are random, because encoding takes place before the first step. Captions are included,
    /// because they are encoded in every step.
    /// </summary>
    protected override (LatentTransformerConfig Config, IExamples<LatentBatch> Examples) CreateSynthetic(
        RunConfig<LatentTransformerConfig> config, string? folder)
    {
        CheckDependencies(config, folder);
        var own = config.Family;
        var codec = own.Codec is CodecDependency companion ? LatentVideoFolder.Codec(companion, folder, own.Latents.Kind, own.Clip, own.Latents.Saved) : null;
        var captions = own.Model.Conditioning == Conditioning.Class
            ? Enumerable.Range(0, own.Model.NumClasses).Select(number => $"{number}")
            : ShapesWorld.Training.Select(ShapesWorld.Caption);
        var shape = LatentTransformerTask.ShapeOf(own.Shape(VideoClipConfig.PixelChannels), codec);
        return (own, new SyntheticLatents(codec, shape, own.Clip.Images, [.. captions]));
    }

    protected override TrainingTask<LatentBatch> Create(RunConfig<LatentTransformerConfig> config, IExamples<LatentBatch> data, Device device) =>
        LatentTransformerTask.Create(config, data, device);

    protected override TrainingTask<LatentBatch> Restore(
        RunConfig<LatentTransformerConfig> config, IReadOnlyDictionary<string, string> metadata, Device device, IExamples<LatentBatch>? more) =>
        LatentTransformerTask.Restore(config, metadata, device, more);

    private static CaptionSampling? Captions(RunConfig<LatentTransformerConfig> config) =>
        config.Family.Model.Conditioning == Conditioning.None ? null : CaptionSampling.For(config.Trainer);
}
