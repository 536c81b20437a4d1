using TinySora.Engine.Configuration;
using TinySora.Engine.Data.Fitting;
using TinySora.Engine.Diffusion;
using TinySora.Engine.Families.PixelUNet.Config;
using TinySora.Engine.Text;

namespace TinySora.Engine.Families.PixelUNet;

/// <summary>Configuration of the pixel U-Net, with the published keys, additional keys, and their rules.</summary>
public sealed record PixelUNetConfig : FamilyConfig
{
    public const string FamilyName = "pixel-unet";

    [NotAKey]
    public override string Name => FamilyName;

    [NotAKey]
    public override IReadOnlyList<string> OptionalTrainerKeys =>
    [
        nameof(TrainerConfig.NumFrames), nameof(TrainerConfig.ForceNumFrames), nameof(TrainerConfig.DropShortClips), nameof(TrainerConfig.CondDropProb),
        nameof(TrainerConfig.ProbFocusPresent), nameof(TrainerConfig.HorizontalFlip), nameof(TrainerConfig.KeepIf),
        nameof(TrainerConfig.BalanceCaptions), nameof(TrainerConfig.BalanceWords), nameof(TrainerConfig.BalanceOthers),
        nameof(TrainerConfig.Captions), nameof(TrainerConfig.WordDropProb),
    ];

    [NotAKey]
    public override ClipKeys ClipKeys => new("diffusion.height", "diffusion.width", "diffusion.frames");

    public ModelConfig Model { get; init; } = new();

    public DiffusionConfig Diffusion { get; init; } = new();

    internal ClipShape Shape(TrainerConfig trainer) => new(Model.Channels, Diffusion.Frames, Diffusion.Height, trainer switch
    {
        { ForceNumFrames: false } => LengthRule.Keep,
        { DropShortClips: true } => LengthRule.DropShort,
        _ => LengthRule.Fit,
    })
    {
        Width = Diffusion.Width ?? Diffusion.Height,
    };

    internal TextEncoderChoice TextEncoder => new(Model.EffectiveTextEncoder)
    {
        Path = Model.TextEncoderPath, Keys = ("model.text_encoder_path", "model.text_encoder"), UseCls = Diffusion.TextUseBertCls, LearnedWidth = Model.CondDim,
    };

    public override FamilyConfig MapPaths(Func<string, string> map) =>
        TextEncoder.IsFrozen ? this with { Model = Model with { TextEncoderPath = map(Model.TextEncoderPath) } } : this;

    public override IEnumerable<string> ConflictsWithWeightsOf(FamilyConfig other) =>
        TextEncoder.Kind == TextEncoderKind.Bert && TextEncoder.UseCls != ((PixelUNetConfig)other).TextEncoder.UseCls ? ["diffusion.text_use_bert_cls"] : [];

    public override void Check(RunConfig config, ConfigRules rules)
    {
        CheckModel(rules);
        CheckDiffusion(rules);
        rules.Require(config.Trainer.NumFrames is null || config.Trainer.NumFrames == Diffusion.Frames, "trainer.num_frames",
            $"null or equal to diffusion.frames ({Diffusion.Frames})", "diffusion.frames");
        rules.CheckWordDrop(config.Trainer, Model.EffectiveTextEncoder == TextEncoderKind.Learned, "model.text_encoder");
    }

    private void CheckModel(ConfigRules rules)
    {
        ModelConfig.CheckLevels(rules, "model.", Model.Dim, Model.DimMults, Model.Stem);
        rules.Require(Model.InitDim is null or >= 1, "model.init_dim", "1 or more, or null");
        rules.Require(Model.InitKernelSize >= 1 && Model.InitKernelSize % 2 == 1, "model.init_kernel_size", "an odd number");
        rules.Require(Model.CondDim is null or (>= 1 and <= ConfigRules.MaxWidth), "model.cond_dim", $"1 to {ConfigRules.MaxWidth}, or null");
        rules.Require(Model.Channels is 1 or 3 or 4, "model.channels", "1, 3 or 4");
        rules.Require(Model.OutDim is null || Model.OutDim == Model.Channels, "model.out_dim",
            $"null or equal to model.channels ({Model.Channels})", "model.channels");
        rules.Require(Model.AttnHeads is >= 1 and <= ConfigRules.MaxWidth, "model.attn_heads", $"1 to {ConfigRules.MaxWidth}");
        rules.Require(Model.AttnDimHead >= 2 && Model.AttnDimHead % 2 == 0, "model.attn_dim_head", "an even number, 2 or more");
        rules.Require(Model.TextEncoderPath.Length > 0, "model.text_encoder_path", "the path of a folder");
    }

    private void CheckDiffusion(ConfigRules rules)
    {
        var unit = Model.Stem * Math.Pow(2, Model.DimMults.Count - 1);
        var multiple = FormattableString.Invariant($"a multiple of {unit} (model.stem, doubled for each level of model.dim_mults after the first)");
        rules.Require(Diffusion.Height >= 1 && Diffusion.Height % unit == 0, "diffusion.height", multiple, "model.stem", "model.dim_mults");
        rules.Require(Diffusion.Width is null || (Diffusion.Width >= 1 && Diffusion.Width % unit == 0),
            "diffusion.width", $"{multiple}, or null", "model.stem", "model.dim_mults");
        rules.Require(Diffusion.Frames >= 1, "diffusion.frames", "1 or more");
        var bytes = (double)Model.Channels * Diffusion.Frames * Diffusion.Height * (Diffusion.Width ?? Diffusion.Height);
        rules.Require(bytes <= 1 << 30, "diffusion.height",
            "a height at which a clip (model.channels x diffusion.frames x height x width) takes at most 1 GiB",
            "model.channels", "diffusion.frames", "diffusion.width");
        rules.Require(Diffusion.DynamicThresPercentile is > 0 and <= 1, "diffusion.dynamic_thres_percentile", "a number above 0 and at most 1");
        rules.Require(Diffusion.Channels is null || Diffusion.Channels == Model.Channels, "diffusion.channels",
            $"null or equal to model.channels ({Model.Channels})", "model.channels");
        rules.Require(Diffusion.NoiseShift is >= 0.01 and <= 100, "diffusion.noise_shift", "a number from 0.01 to 100");
        var flows = Diffusion.Objective.IsFlow();
        rules.Require(Diffusion.NoiseSchedule == NoiseScheduleKind.Cosine || !flows, "diffusion.noise_schedule",
            "cosine or omitted if diffusion.objective is flow or flow-x0, which have their own noise path", "diffusion.objective");
        rules.Require(Diffusion.MinSnrGamma is null or > 0, "diffusion.min_snr_gamma", "a number above 0, or null");
        rules.Require(Diffusion.MinSnrGamma is not > 0 || (Diffusion.LossType == LossKind.L2 && !flows), "diffusion.min_snr_gamma",
            "null unless diffusion.loss_type is l2 and diffusion.objective is noise, v or x0", "diffusion.loss_type", "diffusion.objective");
        Diffusion.Sampling.Check(rules);
    }
}
