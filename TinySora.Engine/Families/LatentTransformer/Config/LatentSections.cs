using System.ComponentModel;
using TinySora.Engine.Configuration;
using TinySora.Engine.Families.LatentData;
using TinySora.Engine.Families.PixelUNet.Config;
using TinySora.Engine.Latents;
using TinySora.Engine.Text;

namespace TinySora.Engine.Families.LatentTransformer.Config;

public sealed record LatentClipConfig : VideoClipConfig
{
    [Description("latte: single frames after each clip; 0: none.")]
    public int Images { get; init; }

    [Description("Pixels without autoencoder: unit (-1 to 1) or half (-0.5 to 0.5).")]
    public PixelRange PixelRange { get; init; }
}

/// <summary>Range of pixel values, from black to white, in models that denoise pixels.</summary>
public enum PixelRange
{
    /// <summary>Range -1 to 1, to which predicted x0 is clamped.</summary>
    Unit,

    /// <summary>Range -0.5 to 0.5 without clamping, as in early Open-Sora.</summary>
    Half,
}

/// <summary>Source of text states, if <c>model.conditioning</c> is <c>text</c>.</summary>
public sealed record LatentTextConfig
{
    [Description("learned, clip, bert, or none: states in the data.")]
    public TextEncoderKind Encoder { get; init; } = TextEncoderKind.Learned;

    [Description("Folder of clip or bert in Hugging Face layout.")]
    [MayChangeOnResume]
    public string Path { get; init; } = "./text_encoder";

    [Description("Width of learned states, or of those in the data.")]
    public int Width { get; init; } = 128;

    [Description("latte, st-dit: maximum text tokens.")]
    public int MaxTokens { get; init; } = 77;

    internal TextEncoderChoice Choice => new(Encoder) { Path = Path, LearnedWidth = Width };
}

/// <summary>Files that a run keeps under the names of the published code.</summary>
public sealed record LatentFilesConfig
{
    [Description("State dict in results_folder or ../NAME, read at the start, saved with checkpoints; null: none.")]
    [MayChangeOnResume]
    public string? Weights { get; init; }

    internal bool IsNear => Weights is null
        || (Weights.Length > 0 && !Path.IsPathRooted(Weights) && !Weights.Split('/', '\\').Skip(1).Contains("..") && Path.GetFileName(Weights).Length > 0);
}

public sealed record LatentSpaceConfig
{
    [Description("Checkpoint or run of the autoencoder, or a bundled one; empty: pixels.")]
    [MayChangeOnResume]
    public string Codec { get; init; } = "";

    [Description("Sample latents from the posterior at each visit; false: its mean.")]
    public bool Sample { get; init; }

    [Description("Normalize latents per channel, all together, or none.")]
    public LatentNorm Normalize { get; init; } = LatentNorm.Channel;

    [Description("Fixed factor instead of measuring, such as 0.18215; null: measured.")]
    public double? Scale { get; init; }

    [Description("Added after scale.")]
    public double Shift { get; init; }

    [Description("Folder of saved latents, a file per video; null: none.")]
    [MayChangeOnResume]
    public string? Folder { get; init; }

    [Description("Write missing latents to folder before training.")]
    [MayChangeOnResume]
    public bool Save { get; init; }

    internal SavedLatents? Saved => Folder is string folder ? new(folder, Save) : null;
    internal LatentKind Kind => Sample ? LatentKind.Moments : LatentKind.Latents;
    internal bool IsPixels => Codec.Length == 0;
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
    [Description("Features of the first level; even, at least 4.")]
    public int Dim { get; init; } = 32;

    [Description("Features of each level as multiples of dim.")]
    public IReadOnlyList<int> DimMults { get; init; } = [1, 2, 2];

    [Description("Side of the blocks folded into channels: 1, 2 or 4.")]
    public int Stem { get; init; } = 1;

    /// <summary>Factor that rows and columns of latents must be multiples of.</summary>
    internal int SizeMultiple => Network(channels: 1, condDim: null).SizeMultiple;

    /// <param name="condDim">Width of the condition; <c>null</c> if there is none.</param>
    internal ModelConfig Network(int channels, int? condDim) => new()
    {
        Dim = Dim, DimMults = DimMults, Stem = Stem, Channels = channels, CondDim = condDim, InitKernelSize = 3, UseSparseLinearAttn = false, AttnHeads = 4,
        AttnDimHead = 16, FrameTextCond = true, TextField = true,
    };

    /// <param name="isTaken">Whether the network is a U-Net; otherwise these keys must have their defaults.</param>
    internal void Check(ConfigRules rules, bool isTaken)
    {
        if (isTaken)
        {
            ModelConfig.CheckLevels(rules, "unet.", Dim, DimMults, Stem);
            rules.Require(DimMults.Count < 16, "unet.dim_mults", "fewer than 16 factors");
            return;
        }

        UNetConfig other = new();
        Require(Dim == other.Dim, "unet.dim", $"{other.Dim}");
        Require(DimMults.SequenceEqual(other.DimMults), "unet.dim_mults", $"[{string.Join(", ", other.DimMults)}]");
        Require(Stem == other.Stem, "unet.stem", $"{other.Stem}");

        void Require(bool isDefault, string key, string value) =>
            rules.Require(isDefault, key, $"{value} unless model.architecture is unet", "model.architecture");
    }
}
