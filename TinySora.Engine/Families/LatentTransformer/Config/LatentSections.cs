using System.ComponentModel;
using TinySora.Engine.Configuration;
using TinySora.Engine.Families.LatentData;
using TinySora.Engine.Text;

namespace TinySora.Engine.Families.LatentTransformer.Config;

/// <summary>The clips, and single frames for joint training.</summary>
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
