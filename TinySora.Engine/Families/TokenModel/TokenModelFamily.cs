using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Configuration;
using TinySora.Engine.Data.Examples;
using TinySora.Engine.Data.Worlds;
using TinySora.Engine.Families.LatentVideos;
using TinySora.Engine.Families.TokenModel.Config;
using TinySora.Engine.Latents;
using TinySora.Engine.Text;
using static TorchSharp.torch;

namespace TinySora.Engine.Families.TokenModel;

/// <summary>Models that predict an autoencoder's tokens: GPT, mdGPT, Mamba and a masked transformer.</summary>
internal sealed class TokenModelFamily : Family<TokenModelConfig, LatentBatch>
{
    public override PublishedWeights Published { get; } = new TokenModelWeights();

    protected override void CheckDependencies(RunConfig<TokenModelConfig> config, string? folder)
    {
        var own = config.Family;
        LatentVideoFolder.CheckCodec(own.Codec, folder, LatentKind.Tokens, own.Clip, saved: null);
        if (own.Text.Choice is TextEncoderChoice choice)
        {
            TextEncoders.Check(choice);
        }
    }

    protected override ClipRequirements Sources(RunConfig<TokenModelConfig> config) => config.Family.Clip.Sources(config.Family.Text.Choice is not null);

    protected override SettingSchema Settings(RunConfig<TokenModelConfig> config)
    {
        var own = config.Family;
        IEnumerable<Setting> more = own.Model.Architecture == TokenModelKind.Masked ? TokenSamplingConfig.MaskedSettings : [];
        return new([.. TokenSamplingConfig.Settings, .. more]) { TakesText = own.Text.Choice is not null, Clips = 1 };
    }

    protected override IExamples<LatentBatch> Open(
        RunConfig<TokenModelConfig> config, string folder, IProgress<ItemProgress>? progress, CancellationToken cancellation)
    {
        CheckDependencies(config, folder);
        var own = config.Family;
        return LatentVideoFolder.Open(own.Codec, folder, LatentKind.Tokens, own.Clip, 0, Captions(config), saved: null, progress, cancellation);
    }

    protected override int Count(RunConfig<TokenModelConfig> config, string folder)
    {
        var own = config.Family;
        return LatentVideoFolder.Count(folder, own.Clip, Captions(config), () => Open(config, folder, null, CancellationToken.None));
    }

    /// <summary>
    /// Returns a configuration and examples for measuring. Tokens are random, because encoding takes place before the first step. Captions are included,
    /// because they are encoded in every step.
    /// </summary>
    protected override (TokenModelConfig Config, IExamples<LatentBatch> Examples) CreateSynthetic(RunConfig<TokenModelConfig> config, string? folder)
    {
        CheckDependencies(config, folder);
        var own = config.Family;
        var codec = LatentVideoFolder.Codec(own.Codec, folder, LatentKind.Tokens, own.Clip, saved: null);
        var shape = LatentShape.For(own.Clip.Shape(VideoClipConfig.PixelChannels), codec) with { Channels = 1 };
        return (own, new SyntheticLatents(codec, shape, 0, [.. ShapesWorld.Training.Select(ShapesWorld.Caption)], codec.Codes));
    }

    protected override TrainingTask<LatentBatch> Create(RunConfig<TokenModelConfig> config, IExamples<LatentBatch> data, Device device) =>
        TokenModelTask.Create(config, data, device);

    protected override TrainingTask<LatentBatch> Restore(
        RunConfig<TokenModelConfig> config, IReadOnlyDictionary<string, string> metadata, Device device, IExamples<LatentBatch>? more) =>
        TokenModelTask.Restore(config, metadata, device, more);

    private static CaptionSampling? Captions(RunConfig<TokenModelConfig> config) =>
        config.Family.Text.Choice is null ? null : CaptionSampling.For(config.Trainer);
}
