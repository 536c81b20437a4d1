using System.ComponentModel;
using TinySora.Engine.Configuration;
using TinySora.Engine.Families.LatentVideos;
using TinySora.Engine.Families.PixelUNet.Config;
using TinySora.Engine.Latents;
using TinySora.Engine.Text;

namespace TinySora.Engine.Families.LatentTransformer.Config;

public sealed record LatentClipConfig : VideoClipConfig
{
    [Description("latte: number of single frames added to each clip for joint training on images.")]
    public int Images { get; init; }

    [Description("Range of pixel values without an autoencoder: unit (-1 to 1) or half (-0.5 to 0.5).")]
    public PixelRange PixelRange { get; init; }
}

/// <summary>Range of pixel values, from black to white, in models that denoise pixels.</summary>
public enum PixelRange
{
    /// <summary>Range -1 to 1. Predicted x0 is clamped to it.</summary>
    Unit,

    /// <summary>Range -0.5 to 0.5 without clamping, as in early Open-Sora.</summary>
    Half,
}

/// <summary>The <c>text</c> section: the source of text embeddings if <c>model.conditioning</c> is <c>text</c>.</summary>
public sealed record LatentTextConfig
{
    [Description("Text encoder: learned (trained with the model), clip or bert (frozen), or none if the data contains text embeddings.")]
    public TextEncoderKind Encoder { get; init; } = TextEncoderKind.Learned;

    [Description("Folder of the CLIP or BERT model in Hugging Face layout.")]
    [MayChangeOnResume]
    public string Path { get; init; } = "./text_encoder";

    [Description("Width of text embeddings from the learned encoder or the data.")]
    public int Width { get; init; } = 128;

    [Description("latte, st-dit: maximum number of text tokens.")]
    public int MaxTokens { get; init; } = 77;

    internal TextEncoderChoice Choice => new(Encoder) { Path = Path, LearnedWidth = Width };
}

/// <summary>The <c>files</c> section: files that a run keeps under the names that the published code uses.</summary>
public sealed record LatentFilesConfig
{
    [Description("State dict file in results_folder (../NAME for its parent), read at the start and written with each checkpoint.")]
    [MayChangeOnResume]
    public string? Weights { get; init; }

    internal bool IsNear => Weights is null
        || (Weights.Length > 0 && !Path.IsPathRooted(Weights) && !Weights.Split('/', '\\').Skip(1).Contains("..") && Path.GetFileName(Weights).Length > 0);
}

public sealed record LatentSpaceConfig
{
    [Description("Checkpoint or run of the autoencoder, or the name of a bundled one; leave empty to train on pixels.")]
    [MayChangeOnResume]
    public string Codec { get; init; } = "";

    [Description("Sample latents from the posterior at each use of a clip; false uses its mean.")]
    public bool Sample { get; init; }

    [Description("Normalization of latents: channel (per channel), all (over all channels) or none.")]
    public LatentNorm Normalize { get; init; } = LatentNorm.Channel;

    [Description("Scaling factor for latents, such as 0.18215; if null, it is measured from the data.")]
    public double? Scale { get; init; }

    [Description("Number added to the latents after scaling.")]
    public double Shift { get; init; }

    [Description("Folder of saved latents, one file per video.")]
    [MayChangeOnResume]
    public string? Folder { get; init; }

    [Description("Before training, save the latents that are missing from latents.folder.")]
    [MayChangeOnResume]
    public bool Save { get; init; }

    internal SavedLatents? Saved => Folder is string folder ? new(folder, Save) : null;
    internal LatentKind Kind => Sample ? LatentKind.Moments : LatentKind.Latents;
    internal bool IsPixels => Codec.Length == 0;

    /// <summary>Whether each channel of the encoder's mean is scaled to standard deviation 1.</summary>
    internal bool IsStandardized => Scale is null && Normalize == LatentNorm.Channel && !Sample;
}

/// <summary>Normalization of latents to mean 0 and standard deviation 1.</summary>
public enum LatentNorm
{
    Channel,

    /// <summary>Normalization over all channels together, as in minisora's ST-DiT.</summary>
    All,

    None,
}

public sealed record UNetConfig
{
    [Description("Number of features at the first level; must be even and at least 4.")]
    public int Dim { get; init; } = 32;

    [Description("Features at each level, as multiples of dim.")]
    public IReadOnlyList<int> DimMults { get; init; } = [1, 2, 2];

    [Description("Height and width of the latent blocks that are folded into channels: 1, 2 or 4.")]
    public int Stem { get; init; } = 1;

    [Description("Attention from positions to text tokens.")]
    public bool TextAttention { get; init; }

    /// <summary>Number that the latents' rows and columns must be multiples of.</summary>
    internal int SizeMultiple => Network(channels: 1, condDim: null).SizeMultiple;

    /// <param name="condDim">Width of the condition; <c>null</c> if there is none.</param>
    internal ModelConfig Network(int channels, int? condDim) => new()
    {
        Dim = Dim, DimMults = DimMults, Stem = Stem, Channels = channels, CondDim = condDim, InitKernelSize = 3, UseSparseLinearAttn = false, AttnHeads = 4,
        AttnDimHead = 16, FrameTextCond = true, TextField = true, TextAttention = TextAttention,
    };

    /// <inheritdoc cref="FamilyConfig.ConflictsWithWeightsOf"/>
    internal IEnumerable<string> ConflictsWithWeightsOf(UNetConfig other) => new (string Key, bool Conflicts)[]
    {
        ("unet.dim", Dim != other.Dim), ("unet.dim_mults", !DimMults.SequenceEqual(other.DimMults)), ("unet.stem", Stem != other.Stem),
        ("unet.text_attention", other.TextAttention && !TextAttention), // can be added, because it changes nothing at first
    }.Where(item => item.Conflicts).Select(item => item.Key);

    /// <param name="isTaken">Whether the network is a U-Net. For other networks, the keys of this section must have their default values.</param>
    /// <param name="takesText">Whether the model is conditioned on text.</param>
    internal void Check(ConfigRules rules, bool isTaken, bool takesText)
    {
        if (isTaken)
        {
            ModelConfig.CheckLevels(rules, "unet.", Dim, DimMults, Stem);
            rules.Require(DimMults.Count < 16, "unet.dim_mults", "a list of fewer than 16 factors");
            rules.Require(!TextAttention || takesText, "unet.text_attention", "false unless model.conditioning is text", "model.conditioning");
            return;
        }

        UNetConfig other = new();
        Require(Dim == other.Dim, "unet.dim", $"{other.Dim}");
        Require(DimMults.SequenceEqual(other.DimMults), "unet.dim_mults", $"[{string.Join(", ", other.DimMults)}]");
        Require(Stem == other.Stem, "unet.stem", $"{other.Stem}");
        Require(TextAttention == other.TextAttention, "unet.text_attention", "false");

        void Require(bool isDefault, string key, string value) =>
            rules.Require(isDefault, key, $"{value} unless model.architecture is unet", "model.architecture");
    }
}
