using TinySora.Engine.Configuration;
using TinySora.Engine.Data.Fitting;
using TinySora.Engine.Families.FrameAutoencoder.Config;

namespace TinySora.Engine.Families.FrameAutoencoder;

public sealed record FrameAutoencoderConfig : FamilyConfig
{
    public const string FamilyName = "frame-autoencoder";

    /// <summary>
    /// Minimum height and width of frames for the perceptual and discriminator losses. VGG-16 halves frames four times; the discriminator halves them three
    /// times and crops them.
    /// </summary>
    private const int SmallestJudged = 16;

    [NotAKey]
    public override string Name => FamilyName;

    public FrameDataConfig Data { get; init; } = new();
    public FrameModelConfig Model { get; init; } = new();
    public FrameLossConfig Loss { get; init; } = new();
    public FrameFilesConfig Files { get; init; } = new();

    [NotAKey]
    public override bool TrainsOnlyDecoder => Loss.DecoderOnly;

    [NotAKey]
    public override IReadOnlyList<string> RunFiles => [.. new[] { Files.Autoencoder, Files.Discriminator, Files.Samples }.OfType<string>()];

    internal FrameShape Frame => new(Model.FrameChannels, Data.Height, Data.Width, Data.CentreSquareCrop);

    internal ClipShape Shape => new(Model.FrameChannels, 1, Data.Height) { Width = Data.Width, CropsSquare = Data.CentreSquareCrop };

    public override void Check(RunConfig config, ConfigRules rules)
    {
        CheckModel(rules);
        var steps = Model.IsKl ? "model.down_channels" : "model.down_sample";
        var multiple = FormattableString.Invariant(
            $"a multiple of {Model.Stride} (a factor of 2 for each {(Model.IsKl ? "step between the levels of" : "true in")} {steps})");
        rules.Require(Data.Height >= 1 && Data.Height % Model.Stride == 0, "data.height", multiple, steps);
        rules.Require(Data.Width >= 1 && Data.Width % Model.Stride == 0, "data.width", multiple, steps);
        rules.Require(!Data.CentreSquareCrop || Data.Width == Data.Height, "data.centre_square_crop",
            "false unless data.height and data.width are equal", "data.height", "data.width");
        CheckLoss(rules);
        const string Inside = "a path inside trainer.results_folder, relative to it";
        rules.Require(IsInside(Files.Autoencoder), "files.autoencoder", $"{Inside}, or null");
        rules.Require(IsInside(Files.Discriminator), "files.discriminator", $"{Inside}, or null");
        rules.Require(
            IsInside(Files.Samples) && (Files.Samples is null || IsCounted(Files.Samples)), "files.samples",
            $"{Inside}, with exactly one * and the extension .png, or null");
    }

    public override FamilyConfig MapPaths(Func<string, string> map) => Loss.PerceptualWeight > 0
        ? this with { Loss = Loss with { VggPath = map(Loss.VggPath), LpipsPath = map(Loss.LpipsPath) } }
        : this;

    private static bool IsInside(string? name) =>
        name is null || (name.Length > 0 && !Path.IsPathRooted(name) && !name.Split('/', '\\').Contains(".."));

    private static bool IsCounted(string name) => name.Count(letter => letter == '*') == 1 && name.EndsWith(".png", StringComparison.Ordinal);

    private void CheckLoss(ConfigRules rules)
    {
        var isLarge = Data.Height >= SmallestJudged && Data.Width >= SmallestJudged;
        var small = $"0 unless frames have at least {SmallestJudged} x {SmallestJudged} pixels";
        rules.Require(Loss.KlWeight >= 0, "loss.kl_weight", "0 or more");
        rules.Require(Loss.PerceptualWeight >= 0, "loss.perceptual_weight", "0 or more");
        rules.Require(Loss.PerceptualWeight <= 0 || isLarge, "loss.perceptual_weight", small, "data.height", "data.width");
        rules.Require(Loss.DiscWeight >= 0, "loss.disc_weight", "0 or more");
        rules.Require(Loss.DiscWeight <= 0 || isLarge, "loss.disc_weight", small, "data.height", "data.width");
        rules.Require(Loss.DiscStart >= 0, "loss.disc_start", "0 or more");
    }

    private void CheckModel(ConfigRules rules)
    {
        rules.Require(Model.Network is FrameModelConfig.LatteVae or FrameModelConfig.AutoencoderKl, "model.network",
            $"{FrameModelConfig.LatteVae} or {FrameModelConfig.AutoencoderKl}");
        rules.Require(Model.FrameChannels is 1 or 3, "model.frame_channels", "1 or 3");
        rules.Require(Model.ZChannels is >= 1 and <= ConfigRules.MaxWidth, "model.z_channels", $"1 to {ConfigRules.MaxWidth}");
        rules.Require(Model.NormChannels >= 1, "model.norm_channels", "1 or more");
        rules.Require(Model.DownChannels.Count >= 2 && Model.DownChannels.All(IsNormed), "model.down_channels",
            $"a list of two or more values, each a multiple of model.norm_channels ({Model.NormChannels})", "model.norm_channels");
        rules.Require(Model.NumDownLayers is >= 1 and <= ConfigRules.MaxLayers, "model.num_down_layers", $"1 to {ConfigRules.MaxLayers}");
        if (!Model.IsKl)
        {
            CheckLatteVae(rules);
        }
    }

    private void CheckLatteVae(ConfigRules rules)
    {
        var levels = Model.DownChannels.Count;
        rules.Require(levels > 0 && Model.MidChannels.Count >= 1 && Model.MidChannels.All(IsNormed)
            && Model.MidChannels[0] == Model.DownChannels[^1] && Model.MidChannels[^1] == Model.DownChannels[^1], "model.mid_channels",
            $"a list of multiples of model.norm_channels ({Model.NormChannels}) whose first and last values equal the last value of model.down_channels",
            "model.down_channels", "model.norm_channels");
        var one = $"a list with one value fewer than model.down_channels, which has {levels}";
        rules.Require(Model.DownSample.Count == levels - 1, "model.down_sample", one, "model.down_channels");
        rules.Require(Model.AttnDown.Count == levels - 1, "model.attn_down", one, "model.down_channels");
        rules.Require(Model.NumHeads >= 1 && Attending().All(channels => channels % Model.NumHeads == 0), "model.num_heads",
            "a divisor of the number of channels of every level with attention", "model.down_channels", "model.mid_channels", "model.attn_down");
        rules.Require(Model.NumMidLayers is >= 1 and <= ConfigRules.MaxLayers, "model.num_mid_layers", $"1 to {ConfigRules.MaxLayers}");
        rules.Require(Model.NumUpLayers is >= 1 and <= ConfigRules.MaxLayers, "model.num_up_layers", $"1 to {ConfigRules.MaxLayers}");
    }

    private bool IsNormed(int channels) => channels >= 1 && Model.NormChannels >= 1 && channels % Model.NormChannels == 0;

    /// <summary>Returns the number of channels in each attention layer.</summary>
    private IEnumerable<int> Attending() =>
    [
        .. Model.AttnDown.SelectMany((attends, i) => attends ? Model.DownChannels.Skip(i).Take(2) : []),
        .. Model.MidChannels.Count > 1 ? Model.MidChannels : [],
    ];
}
