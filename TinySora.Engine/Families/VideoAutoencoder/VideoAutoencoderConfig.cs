using TinySora.Engine.Configuration;
using TinySora.Engine.Data.Fitting;
using TinySora.Engine.Families.VideoAutoencoder.Config;
using TinySora.Engine.Families.VideoAutoencoder.Networks;

namespace TinySora.Engine.Families.VideoAutoencoder;

/// <summary>Configuration of video autoencoders, with the training flags of minisora and VideoGPT, additional keys, and their rules.</summary>
public sealed record VideoAutoencoderConfig : FamilyConfig
{
    public const string FamilyName = "video-autoencoder";

    [NotAKey]
    public override string Name => FamilyName;

    [NotAKey]
    public override IReadOnlyList<string> OptionalTrainerKeys =>
        [nameof(TrainerConfig.ForceNumFrames), nameof(TrainerConfig.DropShortClips), nameof(TrainerConfig.HorizontalFlip)];

    [NotAKey]
    public override ClipKeys ClipKeys => new("clip.height", "clip.width", "clip.frames");

    [NotAKey]
    public override bool TrainsOnlyDecoder => Loss.DecoderOnly;

    public NetworkConfig Model { get; init; } = new();
    public ClipConfig Clip { get; init; } = new();
    public ReconstructionConfig Loss { get; init; } = new();

    internal NetworkVariant Variant => NetworkVariants.Find(Model.NetworkVariant)!;

    internal ClipShape Shape(TrainerConfig trainer) => new(ClipAutoencoder.Channels, Clip.Frames, Clip.Height, trainer switch
    {
        { ForceNumFrames: false } => LengthRule.Refuse,
        { DropShortClips: true } => LengthRule.DropShort,
        _ => LengthRule.Fit,
    })
    {
        Width = Clip.Width ?? Clip.Height, IsAsPublished = !Clip.Antialias,
    };

    public override void Check(RunConfig config, ConfigRules rules)
    {
        CheckModel(rules);
        CheckClip(rules);
        rules.Require(Loss.ReconVariance > 0, "loss.recon_variance", "a number above 0");
        rules.Require(Loss.CommitmentCost >= 0, "loss.commitment_cost", "0 or more");
        rules.Require(Loss.KlLossWeight >= 0, "loss.kl_loss_weight", "0 or more");
        rules.Require(Loss.LowUtilizationCost >= 0, "loss.low_utilization_cost", "0 or more");
        rules.Require(Loss.ReinitEveryNEpochs is null or >= 1, "loss.reinit_every_n_epochs", "1 or more, or null");
    }

    private void CheckModel(ConfigRules rules)
    {
        rules.Require(NetworkVariants.Find(Model.NetworkVariant) is not null, "model.network_variant",
            $"one of {string.Join(", ", NetworkVariants.All.Select(variant => variant.Name))}");
        rules.Require(Model.EmbeddingDim >= 1, "model.embedding_dim", "1 or more");
        rules.Require(Model.NCodes >= 2, "model.n_codes", "2 or more");
        rules.Require(Model.NHiddens is null || (Model.NHiddens >= 2 && Model.NHiddens % 2 == 0), "model.n_hiddens", "an even number, 2 or more, or null");
        rules.Require(Model.NResLayers is null or >= 0, "model.n_res_layers", "0 or more, or null");
        rules.Require(
            Model.Downsample.Count == 3 && Model.Downsample.All(stride => stride is 1 or 2 or 4 or 8 or 16) && Model.Downsample[1] == Model.Downsample[2]
            && Model.Downsample.Max() > 1,
            "model.downsample", "a list of three strides (time, height, width), each 1, 2, 4, 8 or 16, equal for height and width, and not all 1");
        rules.Require(Model.FsqLevels.Count > 0 && Model.FsqLevels.All(levels => levels >= 2)
            && Model.FsqLevels.Aggregate(1.0, (codes, levels) => codes * levels) <= 1 << 20,
            "model.fsq_levels", "a list of numbers of levels, each at least 2, whose product is at most 1048576");
    }

    private void CheckClip(ConfigRules rules)
    {
        if (NetworkVariants.Find(Model.NetworkVariant) is not NetworkVariant variant || Model.Downsample.Count != 3 || Model.Downsample.Any(of => of < 1))
        {
            return;
        }

        var stride = variant.Stride(Model);
        string Multiple(int of) => $"a multiple of {of} (the stride of model.network_variant {variant.Name})";
        string[] keys = ["model.network_variant", "model.downsample"];
        rules.Require(Clip.Frames >= 1 && Clip.Frames % stride.Frames == 0, "clip.frames", Multiple(stride.Frames), keys);
        rules.Require(Clip.Height >= 1 && Clip.Height % stride.Height == 0, "clip.height", Multiple(stride.Height), keys);
        rules.Require(Clip.Width is null || (Clip.Width >= 1 && Clip.Width % stride.Width == 0), "clip.width", $"{Multiple(stride.Width)}, or null", keys);
        var bytes = (double)ClipAutoencoder.Channels * Clip.Frames * Clip.Height * (Clip.Width ?? Clip.Height);
        rules.Require(bytes <= 1 << 30, "clip.height", "a height at which a clip (3 x clip.frames x height x width) takes at most 1 GiB",
            "clip.frames", "clip.width");
    }
}
