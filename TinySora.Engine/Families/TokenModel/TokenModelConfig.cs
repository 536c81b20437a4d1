using TinySora.Engine.Configuration;
using TinySora.Engine.Families.LatentVideos;
using TinySora.Engine.Families.TokenModel.Config;
using TinySora.Engine.Text;

namespace TinySora.Engine.Families.TokenModel;

public sealed record TokenModelConfig : FamilyConfig
{
    public const string FamilyName = "token-model";

    [NotAKey]
    public override string Name => FamilyName;

    [NotAKey]
    public override IReadOnlyList<string> OptionalTrainerKeys =>
    [
        nameof(TrainerConfig.CondDropProb), nameof(TrainerConfig.KeepIf), nameof(TrainerConfig.BalanceCaptions), nameof(TrainerConfig.BalanceWords),
        nameof(TrainerConfig.BalanceOthers), nameof(TrainerConfig.Captions), nameof(TrainerConfig.WordDropProb),
    ];

    public TokenNetworkConfig Model { get; init; } = new();
    public VideoClipConfig Clip { get; init; } = new();
    public CodecConfig Tokens { get; init; } = new();
    public PooledTextConfig Text { get; init; } = new();
    public TokenSamplingConfig Sampling { get; init; } = new();

    internal CodecDependency Codec => new(Tokens.Codec, "tokens.codec");

    public override FamilyConfig MapPaths(Func<string, string> map) => this with
    {
        Clip = Clip with
        {
            FilterPath = Clip.FilterPath is string filter ? map(filter) : null, VideoDir = Clip.VideoDir is string videos ? map(videos) : null,
        },
        Tokens = Tokens with { Codec = map(Tokens.Codec) },
        Text = Text.Choice is { IsFrozen: true } ? Text with { Path = map(Text.Path) } : Text,
    };

    public override IEnumerable<string> ConflictsWithWeightsOf(FamilyConfig other) =>
        TextEncoderChoice.Conflicts(Text.Choice, ((TokenModelConfig)other).Text.Choice);

    public override void Check(RunConfig config, ConfigRules rules)
    {
        Model.Check(rules);
        Clip.Check(rules);
        Sampling.Check(rules);
        rules.Require(Tokens.Codec.Length > 0, Codec.Key, "the path of a checkpoint or of a folder");
        rules.Require(Text.Width >= 1, "text.width", "1 or more");
        rules.Require(Text.Path.Length > 0, "text.path", "the path of a folder");
        rules.CheckWordDrop(config.Trainer, Text.Encoder == TextEncoderKind.Learned, "text.encoder");
    }
}
