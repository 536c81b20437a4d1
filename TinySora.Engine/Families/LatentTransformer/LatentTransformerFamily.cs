using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Configuration;
using TinySora.Engine.Data.Examples;
using TinySora.Engine.Data.Worlds;
using TinySora.Engine.Families.Denoising;
using TinySora.Engine.Families.Films;
using TinySora.Engine.Text;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.LatentTransformer;

/// <summary>Transformers that denoise latents, vectors of tokens or pixels: DiT, Latte and ST-DiT.</summary>
public sealed class LatentTransformerFamily : ModelFamily
{
    private static readonly Setting[] Sizes =
    [
        new(Setting.Frames, SettingKind.WholeNumber, "Frames of the video."),
        new(Setting.Height, SettingKind.WholeNumber, "Its height in pixels."),
        new(Setting.Width, SettingKind.WholeNumber, "Its width in pixels."),
    ];

    public override PublishedWeights Published { get; } = new LatentTransformerWeights();

    public override FamilyConfig NewConfig() => new LatentTransformerConfig();

    public override void CheckCompanions(RunConfig config, string? folder)
    {
        var own = LatentTransformerConfig.Of(config);
        if (own.Codec is CodecCompanion codec)
        {
            FilmFolder.CheckCodec(codec, folder, own.Latents.Kind, own.Clip, own.Latents.Saved);
        }

        if (own.TextEncoder is TextEncoderChoice choice)
        {
            TextEncoders.Check(choice);
        }
    }

    public override ClipNeeds? Clips(RunConfig config)
    {
        var own = LatentTransformerConfig.Of(config);
        return !own.Latents.IsPixels ? null : new(own.Shape(FilmClipConfig.PixelChannels))
        {
            TakesText = own.Model.Conditioning != Conditioning.None, Mirrors = config.Trainer.HorizontalFlip, FramesKey = "clip.frames",
        };
    }

    public override SettingSchema Settings(RunConfig config) => new([.. SamplingDefaults.Settings, .. Sizes])
    {
        TakesText = LatentTransformerConfig.Of(config).Model.Conditioning != Conditioning.None, Clips = 2, ShowsGuesses = true,
    };

    public override IExamples Open(RunConfig config, string folder, IProgress<ItemProgress>? progress, CancellationToken cancellation)
    {
        var own = LatentTransformerConfig.Of(config);
        if (Clips(config) is ClipNeeds needs)
        {
            return ClipExamples.Open(folder, needs, progress, cancellation);
        }

        CheckCompanions(config, folder);
        var takesText = own.Model.Conditioning != Conditioning.None;
        return FilmFolder.Open(
            own.Codec!, folder, own.Latents.Kind, own.Clip, own.Clip.Images, takesText, own.Latents.Saved, progress, cancellation);
    }

    public override int Count(RunConfig config, string folder)
    {
        var own = LatentTransformerConfig.Of(config);
        if (Clips(config) is ClipNeeds needs)
        {
            return ClipDataset.CountIn(folder, needs);
        }

        var takesText = own.Model.Conditioning != Conditioning.None;
        return FilmFolder.Count(folder, own.Clip, takesText, () => Open(config, folder, null, CancellationToken.None));
    }

    /// <summary>Latents are encoded once before the steps, so noise in their shape stands for them; text goes its way in each step.</summary>
    public override (RunConfig Config, IExamples Examples) Synthetic(RunConfig config, string? folder)
    {
        CheckCompanions(config, folder);
        var own = LatentTransformerConfig.Of(config);
        var codec = own.Codec is CodecCompanion companion ? FilmFolder.Codec(companion, folder, own.Latents.Kind, own.Clip, own.Latents.Saved) : null;
        var captions = own.Model.Conditioning == Conditioning.Class
            ? Enumerable.Range(0, own.Model.NumClasses).Select(number => $"{number}")
            : ShapesWorld.Training.Select(ShapesWorld.Caption);
        var shape = LatentTransformerTask.ShapeOf(own.Shape(FilmClipConfig.PixelChannels), codec);
        return (config, new SyntheticLatents(codec, shape, own.Clip.Images, [.. captions]));
    }

    public override ITrainingTask Create(RunConfig config, IExamples data, Device device) => LatentTransformerTask.Create(config, data, device);

    public override ITrainingTask Restore(
        RunConfig config, IReadOnlyDictionary<string, string> metadata, Device device, IExamples? more = null) =>
        LatentTransformerTask.Restore(config, metadata, device, more);
}
