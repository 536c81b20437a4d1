using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Configuration;
using TinySora.Engine.Data.Examples;
using TinySora.Engine.Data.Worlds;
using TinySora.Engine.Families.Films;
using TinySora.Engine.Latents;
using TinySora.Engine.Text;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.TokenModel;

/// <summary>Models of the tokens of an autoencoder: GPT, mdGPT, Mamba and a masked transformer.</summary>
public sealed class TokenModelFamily : ModelFamily
{
    public override PublishedWeights Published { get; } = new TokenModelWeights();

    public override FamilyConfig NewConfig() => new TokenModelConfig();

    public override void CheckCompanions(RunConfig config, string? folder)
    {
        var own = TokenModelConfig.Of(config);
        FilmFolder.CheckCodec(own.Codec, folder, LatentKind.Tokens, own.Clip, saved: null);
        if (own.Text.Choice is TextEncoderChoice choice)
        {
            TextEncoders.Check(choice);
        }
    }

    public override SettingSchema Settings(RunConfig config)
    {
        var own = TokenModelConfig.Of(config);
        IEnumerable<Setting> more = own.Model.Architecture == TokenModelKind.Masked ? [TokenSamplingConfig.Steps] : [];
        return new([.. TokenSamplingConfig.Settings, .. more]) { TakesText = own.Text.Choice is not null, Clips = 1 };
    }

    public override IExamples Open(RunConfig config, string folder, IProgress<ItemProgress>? progress, CancellationToken cancellation)
    {
        CheckCompanions(config, folder);
        var own = TokenModelConfig.Of(config);
        return FilmFolder.Open(own.Codec, folder, LatentKind.Tokens, own.Clip, 0, own.Text.Choice is not null, saved: null, progress, cancellation);
    }

    public override int Count(RunConfig config, string folder)
    {
        var own = TokenModelConfig.Of(config);
        return FilmFolder.Count(folder, own.Clip, own.Text.Choice is not null, () => Open(config, folder, null, CancellationToken.None));
    }

    /// <summary>Clips are encoded once before the steps, so any tokens stand for them; text goes its way in each step.</summary>
    public override (RunConfig Config, IExamples Examples) Synthetic(RunConfig config, string? folder)
    {
        CheckCompanions(config, folder);
        var own = TokenModelConfig.Of(config);
        var codec = FilmFolder.Codec(own.Codec, folder, LatentKind.Tokens, own.Clip, saved: null);
        var shape = LatentShape.Of(own.Clip.Shape(FilmClipConfig.PixelChannels), codec) with { Channels = 1 };
        return (config, new SyntheticLatents(codec, shape, 0, [.. ShapesWorld.Training.Select(ShapesWorld.Caption)], codec.Codes));
    }

    public override ITrainingTask Create(RunConfig config, IExamples data, Device device) => TokenModelTask.Create(config, data, device);

    public override ITrainingTask Restore(
        RunConfig config, IReadOnlyDictionary<string, string> metadata, Device device, IExamples? more = null) =>
        TokenModelTask.Restore(config, metadata, device, more);
}
