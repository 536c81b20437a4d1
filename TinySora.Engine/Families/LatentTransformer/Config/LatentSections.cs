using System.ComponentModel;
using TinySora.Engine.Configuration;
using TinySora.Engine.Families.LatentData;
using TinySora.Engine.Families.PixelUNet.Config;
using TinySora.Engine.Latents;
using TinySora.Engine.Text;

namespace TinySora.Engine.Families.LatentTransformer.Config;

public sealed record LatentClipConfig : FilmClipConfig
{
    [Description("Single frames of any films behind each clip, for joint training on images (Latte); 0: none.")]
    public int Images { get; init; }

    [Description("What pixels become where there is no autoencoder: unit, -1 to 1, where guesses are kept; half, -0.5 to 0.5 without limits, as early "
        + "Open-Sora has it.")]
    public PixelRange PixelRange { get; init; }
}

/// <summary>What the brightness of pixels, black to white, becomes where they are denoised themselves.</summary>
public enum PixelRange
{
    /// <summary>-1 to 1, where guesses of clean clips are kept.</summary>
    Unit,

    /// <summary>-0.5 to 0.5, which guesses may leave, as early Open-Sora has it.</summary>
    Half,
}

/// <summary>Where the states of texts come from, with model.conditioning text.</summary>
public sealed record LatentTextConfig
{
    [Description("learned: built in and trained with the model; clip or bert: frozen, from local files; none: states come with the data (Arrow).")]
    public TextEncoderKind Encoder { get; init; } = TextEncoderKind.Learned;

    [Description("Folder of clip or bert in the Hugging Face layout.")]
    [MayChangeOnResume]
    public string Path { get; init; } = "./text_encoder";

    [Description("Width of the learned states; of none, that of the data's.")]
    public int Width { get; init; } = 128;

    [Description("The most tokens of a text that count, for st-dit and latte, which have weights for each.")]
    public int MaxTokens { get; init; } = 77;

    internal TextEncoderChoice Choice => new(Encoder) { Path = Path, LearnedWidth = Width };
}

/// <summary>What a run keeps under the names of the published code.</summary>
public sealed record LatentFilesConfig
{
    [Description("File in results_folder, or beside it (../NAME), that gets the network's weights with each checkpoint, as a plain state dict of PyTorch under "
        + "the published names; a run that begins takes those that are there. null: none.")]
    [MayChangeOnResume]
    public string? Weights { get; init; }

    internal bool IsNear => Weights is null
        || (Weights.Length > 0 && !Path.IsPathRooted(Weights) && !Weights.Split('/', '\\').Skip(1).Contains("..") && Path.GetFileName(Weights).Length > 0);
}

public sealed record LatentSpaceConfig
{
    [Description("Checkpoint of the autoencoder whose latents are denoised, or the folder of its run; empty: pixels.")]
    [MayChangeOnResume]
    public string Codec { get; init; } = "";

    [Description("Latents are drawn from the autoencoder's distribution anew at each visit; false: its means.")]
    public bool Sample { get; init; }

    [Description("What the mean and the deviation of latents are measured over, to be taken away before training: channel, all or none.")]
    public LatentNorm Normalize { get; init; } = LatentNorm.Channel;

    [Description("Latents are multiplied by this in place of measuring them, as by Stable Diffusion's 0.18215; null: measured.")]
    public double? Scale { get; init; }

    [Description("Added after scale.")]
    public double Shift { get; init; }

    [Description("Folder where latents of the films may lie, a file for each, named after it (clip.mp4.safetensors, or .pkl of the Latte tutorial); films "
        + "without are encoded. null: none.")]
    [MayChangeOnResume]
    public string? Folder { get; init; }

    [Description("Before training, latents of the films that have none there are written into folder.")]
    [MayChangeOnResume]
    public bool Save { get; init; }

    internal SavedLatents? Saved => Folder is string folder ? new(folder, Save) : null;
    internal LatentKind Kind => Sample ? LatentKind.Moments : LatentKind.Latents;
    internal bool IsPixels => Codec.Length == 0;
}

/// <summary>How latents are brought to mean 0 and deviation 1.</summary>
public enum LatentNorm
{
    Channel,

    /// <summary>All channels together, as minisora's ST-DiT does.</summary>
    All,

    None,
}

public sealed record UNetConfig
{
    [Description("Features of the first level; even, at least 4.")]
    public int Dim { get; init; } = 32;

    [Description("Features of each level as a multiple of dim; each but the first has half the rows and columns of the one before.")]
    public IReadOnlyList<int> DimMults { get; init; } = [1, 2, 2];

    [Description("Blocks of so many rows and columns of latents become channels in front of the first convolution: 1, 2 or 4.")]
    public int Stem { get; init; } = 1;

    /// <summary>Rows and columns of latents must be multiples of this.</summary>
    internal int SizeMultiple => Network(channels: 1, condDim: null).SizeMultiple;

    /// <param name="condDim">Width of what it is told; null: nothing.</param>
    internal ModelConfig Network(int channels, int? condDim) => new()
    {
        Dim = Dim, DimMults = DimMults, Stem = Stem, Channels = channels, CondDim = condDim, InitKernelSize = 3, UseSparseLinearAttn = false, AttnHeads = 4,
        AttnDimHead = 16, FrameTextCond = true, TextField = true,
    };

    /// <param name="isTaken">Whether the network is a U-Net; another has these keys as they are where nothing is said of them.</param>
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
