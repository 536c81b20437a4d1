using System.ComponentModel;
using TinySora.Engine.Configuration;
using TinySora.Engine.Text;

namespace TinySora.Engine.Families.PixelUNet.Config;

/// <summary>Configuration of the 3-D U-Net (Tiny SORA) and its text encoder.</summary>
public sealed record ModelConfig
{
    [Description("Base number of channels; must be even and at least 4.")]
    public int Dim { get; init; } = 64;

    [Description("Text encoder as in Tiny SORA: true for bert, false for none; has no effect if text_encoder is set.")]
    public bool UseBertTextCond { get; init; } = true;

    [Description("Channels at each level, as multiples of dim.")]
    public IReadOnlyList<int> DimMults { get; init; } = [1, 2, 4, 8];

    [Description("Number of channels after the first convolution; dim if null.")]
    public int? InitDim { get; init; }

    [Description("Height and width of the first convolution's kernel; must be odd.")]
    public int InitKernelSize { get; init; } = 7;

    [Description("Use linear attention within frames at every level.")]
    public bool UseSparseLinearAttn { get; init; } = true;

    [Description("Type of convolution block: basic or resnet, which are identical.")]
    public BlockKind BlockType { get; init; } = BlockKind.Basic;

    [Description("Width of the learned text vector (256 if null), or of your own vectors (if null, the model is unconditional).")]
    public int? CondDim { get; init; }

    [Description("Number of output channels; must be null or equal to channels.")]
    public int? OutDim { get; init; }

    [Description("Number of channels per frame: 1, 3 or 4.")]
    public int Channels { get; init; } = 3;

    [Description("Number of attention heads.")]
    public int AttnHeads { get; init; } = 8;

    [Description("Width of a head in temporal attention; must be even.")]
    public int AttnDimHead { get; init; } = 32;

    [Description("Text encoder: learned, bert, clip or none; if null, use_bert_text_cond selects it.")]
    public TextEncoderKind? TextEncoder { get; init; }

    [Description("Folder of the BERT or CLIP model in Hugging Face layout.")]
    [MayChangeOnResume]
    public string TextEncoderPath { get; init; } = "./bert-base-cased";

    [Description("Height and width of the pixel blocks that are folded into channels: 1, 2 or 4.")]
    public int Stem { get; init; } = 1;

    [Description("Scale and shift the features of each frame, depending on the text and the frame's index.")]
    public bool FrameTextCond { get; init; }

    [Description("Add spatial text conditioning, a map over frames, rows and columns.")]
    public bool TextField { get; init; }

    /// <summary>Whether positions attend to the tokens of the text. Only networks over latents support it.</summary>
    [NotAKey]
    public bool TextAttention { get; init; }

    /// <summary>Text encoder that the model uses, which depends on two keys: bert, clip, learned or none.</summary>
    [NotAKey]
    public TextEncoderKind EffectiveTextEncoder => TextEncoder ?? (UseBertTextCond ? TextEncoderKind.Bert : TextEncoderKind.None);

    /// <summary>Width of conditioning vectors from files; <c>null</c> if the model is not conditioned on such vectors.</summary>
    [NotAKey]
    public int? VectorWidth => EffectiveTextEncoder == TextEncoderKind.None ? CondDim : null;

    /// <summary>Number that height and width must be multiples of.</summary>
    internal int SizeMultiple => Stem << (DimMults.Count - 1);

    /// <summary>Checks the keys for a U-Net's levels. Used by all families with a U-Net.</summary>
    /// <param name="section">Prefix of the keys, which is the name of their section and a dot.</param>
    internal static void CheckLevels(ConfigRules rules, string section, int dim, IReadOnlyList<int> dimMults, int stem)
    {
        // The timestep embedding divides by dim / 2 - 1.
        rules.Require(dim >= 4 && dim % 2 == 0, section + "dim", "an even number, 4 or more");
        rules.Require(dimMults.Count > 0 && dimMults.All(factor => factor >= 1), section + "dim_mults", "a list of at least one factor, each 1 or more");
        rules.Require(stem is 1 or 2 or 4, section + "stem", "1, 2 or 4");
    }
}

/// <summary>The two names that the original implementation has for the same block.</summary>
public enum BlockKind
{
    Basic,

    [ConfigSpelling("resnet")]
    ResNet,
}
