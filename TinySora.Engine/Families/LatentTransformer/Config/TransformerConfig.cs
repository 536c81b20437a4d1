using System.ComponentModel;
using TinySora.Engine.Configuration;

namespace TinySora.Engine.Families.LatentTransformer.Config;

public sealed record TransformerConfig
{
    [Description("Network: latte, latte-tutorial, dit, st-dit or unet.")]
    public LatentNetworkKind Architecture { get; init; }

    [Description("Published model size, such as DiT-S/8; if null, the architecture's default.")]
    public string? Name { get; init; }

    [Description("Number of transformer blocks (an even number for latte); if null, from model.name.")]
    public int? Depth { get; init; }

    [Description("Width of a token (a multiple of 4); if null, from model.name.")]
    public int? HiddenSize { get; init; }

    [Description("Number of attention heads; if null, from model.name.")]
    public int? NumHeads { get; init; }

    [Description("Width of each attention head; if null, hidden_size / num_heads.")]
    public int? HeadDim { get; init; }

    [Description("Height and width of a patch in latents; if null, from model.name.")]
    public int? PatchSize { get; init; }

    [Description("Latent frames per patch; must be 1 except for st-dit.")]
    public int PatchFrames { get; init; } = 1;

    [Description("Learn the variance of each denoising step.")]
    public bool LearnSigma { get; init; }

    [Description("Type of conditioning: none, class or text.")]
    public Conditioning Conditioning { get; init; }

    [Description("Number of classes for class conditioning.")]
    public int NumClasses { get; init; } = 10;

    [Description("How dit uses the text: concat, cross or cross-adaln.")]
    public TextForm TextForm { get; init; } = TextForm.Concat;

    [Description("latte: modulate the final layer by the text as well; published models do not.")]
    public bool FinalText { get; init; } = true;

    [Description("Position embeddings of dit: tyx (by frame, row and column) or seq512 (by index in the sequence, as published).")]
    public PatchOrder Positions { get; init; } = PatchOrder.Tyx;

    [Description("st-dit: divisor of row and column positions.")]
    public double SpaceScale { get; init; } = 1;

    [Description("st-dit: divisor of frame positions.")]
    public double TimeScale { get; init; } = 1;

    [Description("Width of the timestep embedding; must be even.")]
    public int TimestepEmbDim { get; init; } = 256;

    [Description("Normalize queries and keys in each attention head.")]
    public bool QkNorm { get; init; }

    [Description("Use RMSNorm instead of LayerNorm.")]
    public bool RmsNorm { get; init; }

    [Description("Use SwiGLU instead of GELU.")]
    public bool Swiglu { get; init; }

    [Description("Use rotary embeddings instead of position tables.")]
    public bool Rotary { get; init; }

    [Description("dit: add a depthwise 3 x 3 x 3 convolution before each block.")]
    public bool PositionConv { get; init; }

    [Description("dit: add spatial text conditioning, a map over frames, rows and columns.")]
    public bool TextField { get; init; }

    [Description("Recompute blocks in the backward pass: less memory, more time.")]
    [MayChangeOnResume]
    public bool GradCheckpoint { get; init; }

    internal TransformerSize Size => TransformerSize.For(this);

    internal int HeadWidth => HeadDim ?? Size.HiddenSize / Size.NumHeads;

    internal bool IsCross => Architecture == LatentNetworkKind.DiT && Conditioning == Conditioning.Text && TextForm != TextForm.Concat;

    internal void Check(ConfigRules rules)
    {
        var kind = Architecture;
        if (kind == LatentNetworkKind.UNet)
        {
            var defaults = new TransformerConfig { Architecture = kind, Conditioning = Conditioning, NumClasses = NumClasses };
            List<string> others = [.. typeof(TransformerConfig).GetProperties().Where(key => !Equals(key.GetValue(this), key.GetValue(defaults)))
                .Select(key => $"model.{ConfigNames.Snake(key.Name)}")];
            rules.Require(others.Count == 0, "model.architecture",
                $"a transformer if these keys are set: {string.Join(", ", others)}; keys for unet are in the section unet");
            rules.Require(NumClasses >= 1, "model.num_classes", "1 or more");
            return;
        }

        void OnlyStDiT(bool isOne, string key) =>
            rules.Require(isOne || kind == LatentNetworkKind.StDiT, key, "1 unless model.architecture is st-dit", "model.architecture");

        rules.Require(Name is null || TransformerSize.Named(kind).ContainsKey(Name), "model.name",
            $"null or, with model.architecture {ConfigNames.GetName(kind)}, one of {string.Join(", ", TransformerSize.Named(kind).Keys)}",
            "model.architecture");
        var size = Size;
        var isLatte = kind is LatentNetworkKind.Latte or LatentNetworkKind.LatteTutorial;
        rules.Require(size.Depth is >= 1 and <= ConfigRules.MaxLayers && (!isLatte || size.Depth % 2 == 0), "model.depth",
            isLatte ? $"an even number, 2 to {ConfigRules.MaxLayers}" : $"1 to {ConfigRules.MaxLayers}", "model.architecture");
        rules.Require(size.HiddenSize >= 4 && size.HiddenSize % 4 == 0, "model.hidden_size", "a multiple of 4");
        rules.Require(size.NumHeads >= 1, "model.num_heads", "1 or more");
        rules.Require(HeadDim is null or >= 1, "model.head_dim", "1 or more, or null");
        rules.Require(HeadDim is not null || size.NumHeads < 1 || size.HiddenSize % size.NumHeads == 0, "model.num_heads",
            $"a divisor of model.hidden_size ({size.HiddenSize}), unless model.head_dim is set", "model.hidden_size", "model.head_dim");
        rules.Require(size.PatchSize >= 1, "model.patch_size", "1 or more");
        rules.Require(PatchFrames >= 1, "model.patch_frames", "1 or more");
        OnlyStDiT(PatchFrames <= 1, "model.patch_frames");
        rules.Require(NumClasses >= 1, "model.num_classes", "1 or more");
        rules.Require(kind != LatentNetworkKind.DiT || Conditioning == Conditioning.Text || TextForm == TextForm.Concat, "model.text_form",
            "concat unless model.conditioning is text", "model.conditioning", "model.architecture");
        rules.Require(FinalText || (isLatte && Conditioning == Conditioning.Text), "model.final_text",
            "true unless model.architecture is latte or latte-tutorial and model.conditioning is text", "model.architecture", "model.conditioning");
        rules.Require(!PositionConv || kind == LatentNetworkKind.DiT, "model.position_conv", "false unless model.architecture is dit", "model.architecture");
        rules.Require(!TextField || (kind == LatentNetworkKind.DiT && Conditioning == Conditioning.Text), "model.text_field",
            "false unless model.architecture is dit and model.conditioning is text", "model.architecture", "model.conditioning");
        rules.Require(SpaceScale > 0, "model.space_scale", "a number above 0");
        rules.Require(TimeScale > 0, "model.time_scale", "a number above 0");
        OnlyStDiT(SpaceScale == 1, "model.space_scale");
        OnlyStDiT(TimeScale == 1, "model.time_scale");
        rules.Require(TimestepEmbDim >= 2 && TimestepEmbDim % 2 == 0, "model.timestep_emb_dim", "an even number, 2 or more");
        rules.Require(!Rotary || !IsCross, "model.rotary", "false unless model.text_form is concat", "model.text_form", "model.architecture");
        rules.Require(!Rotary || size.NumHeads < 1 || (HeadWidth >= 6 && HeadWidth % 2 == 0), "model.head_dim",
            "an even number, 6 or more, if model.rotary is true", "model.rotary", "model.num_heads", "model.hidden_size");
    }
}

public enum LatentNetworkKind
{
    /// <summary>Alternating attention in space and in time (Ma et al. 2024), as in minisora and the authors' code.</summary>
    Latte,

    /// <summary>Latte as in the tutorial, whose embeddings have rows before columns and sines before cosines.</summary>
    [ConfigSpelling("latte-tutorial")]
    LatteTutorial,

    /// <summary>Attention over a single sequence of all patches (Peebles and Xie 2022; early Open-Sora).</summary>
    [ConfigSpelling("dit")]
    DiT,

    /// <summary>Attention in space, in time and to the text in every block (Open-Sora 1, minisora).</summary>
    [ConfigSpelling("st-dit")]
    StDiT,

    /// <summary>Tiny SORA's U-Net (Ho et al. 2022), which learns from few clips.</summary>
    [ConfigSpelling("unet")]
    UNet,
}

public enum Conditioning
{
    None,

    Class,

    /// <summary>Embeddings from the text encoder: one per token, or a single one.</summary>
    Text,
}

/// <summary>How a DiT uses text, as in early Open-Sora.</summary>
public enum TextForm
{
    /// <summary>Patches attend to the text, to which the timestep is added, and not to each other.</summary>
    Cross,

    /// <summary>Patches attend to the text and not to each other. The timestep modulates the layers.</summary>
    [ConfigSpelling("cross-adaln")]
    CrossAdaLn,

    /// <summary>Text tokens precede the patches in the same sequence.</summary>
    Concat,
}

public enum PatchOrder
{
    /// <summary>Positions by index in the sequence, which is arranged in rows of 512, as in the published code.</summary>
    Seq512,

    Tyx,
}

/// <param name="PatchSize">Number of latent rows and columns in a patch.</param>
internal sealed record TransformerSize(int Depth, int HiddenSize, int NumHeads, int PatchSize)
{
    private static readonly (string Name, TransformerSize Size)[] Sizes =
    [
        ("XL", new(28, 1152, 16, 2)), ("L", new(24, 1024, 16, 2)), ("B", new(12, 768, 12, 2)), ("S", new(12, 384, 6, 2)),
    ];

    private static readonly Dictionary<LatentNetworkKind, IReadOnlyDictionary<string, TransformerSize>> Tables = new()
    {
        [LatentNetworkKind.Latte] = Patched("Latte").Append((Name: "Latte-T/2", Size: new TransformerSize(2, 384, 3, 2)))
            .ToDictionary(item => item.Name, item => item.Size),
        [LatentNetworkKind.LatteTutorial] = Sizes.ToDictionary(item => $"Latte-{item.Name}", item => item.Size),
        [LatentNetworkKind.DiT] = Patched("DiT").ToDictionary(item => item.Name, item => item.Size),
        [LatentNetworkKind.StDiT] = new Dictionary<string, TransformerSize> { ["STDiT-XL/2"] = Sizes[0].Size },
        [LatentNetworkKind.UNet] = new Dictionary<string, TransformerSize>(),
    };

    public static IReadOnlyDictionary<string, TransformerSize> Named(LatentNetworkKind kind) => Tables[kind];

    /// <summary>Returns the size with the configured name. Values of explicit keys replace those of the named size.</summary>
    public static TransformerSize For(TransformerConfig model)
    {
        var named = Named(model.Architecture).GetValueOrDefault(model.Name ?? "") ?? model.Architecture switch
        {
            LatentNetworkKind.Latte => Tables[LatentNetworkKind.Latte]["Latte-S/2"],
            LatentNetworkKind.LatteTutorial => Tables[LatentNetworkKind.LatteTutorial]["Latte-B"],
            LatentNetworkKind.DiT => Tables[LatentNetworkKind.DiT]["DiT-S/8"],
            _ => new(6, 768, 3, 2),
        };
        return new(
            model.Depth ?? named.Depth, model.HiddenSize ?? named.HiddenSize, model.NumHeads ?? named.NumHeads, model.PatchSize ?? named.PatchSize);
    }

    private static IEnumerable<(string Name, TransformerSize Size)> Patched(string family) =>
        Sizes.SelectMany(item => new[] { 2, 4, 8 }.Select(patch => ($"{family}-{item.Name}/{patch}", item.Size with { PatchSize = patch })));
}
