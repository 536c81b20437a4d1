using System.Text.Json.Serialization;
using TinySora.Engine.Formats;
using TinySora.Engine.Formats.Arrow;
using static TorchSharp.torch;

namespace TinySora.Engine.Data.Corpora;

/// <summary>Options for exporting a corpus as Arrow parts.</summary>
public sealed record ArrowExportOptions
{
    /// <summary>JSON, JSONL or CSV file with captions and the name of each caption's video.</summary>
    public required string CaptionPath { get; init; }

    /// <summary>Folder that the names of videos are relative to.</summary>
    public required string VideoPath { get; init; }

    /// <summary>Folder to write the parts to, named <c>part-00000</c> and so on.</summary>
    public required string OutputPath { get; init; }

    /// <summary>Folder of a CLIP text encoder.</summary>
    public required string TextEncoderPath { get; init; }

    /// <summary>Split recorded in the parts: train, val or test.</summary>
    public string? Split { get; init; }

    /// <summary>Number of parts, limited to the number of videos.</summary>
    public int Parts { get; init; } = 10;

    /// <summary>Maximum number of frames in a video; longer videos are skipped.</summary>
    public int MaxFrames { get; init; } = 600;

    /// <summary>Converts the videos to codebook indices; <c>null</c> to export none.</summary>
    [JsonIgnore]
    public VideoTokens? Tokens { get; init; }

    /// <summary>Device for encoding: auto, cpu, cuda or cuda:N.</summary>
    [JsonIgnore]
    public string Device { get; init; } = "auto";

    /// <summary>Whether to rewrite existing parts and to remove parts that do not belong to the export.</summary>
    [JsonIgnore]
    public bool Force { get; init; }
}

/// <summary>Converts videos to tokens.</summary>
/// <param name="Description">Text that changes whenever the tokens would change; stored in the parts.</param>
/// <param name="Encode">Returns the tokens (T, H, W) of the video at a path, int64 on the CPU.</param>
public sealed record VideoTokens(string Description, Func<string, CancellationToken, Tensor> Encode)
{
    /// <summary>Model traits that are required to train on the tokens without the model that produced them; also stored in the parts.</summary>
    public string CodecTraits { get; init; } = "";
}

/// <summary>A part of a dataset in Hugging Face's Arrow layout.</summary>
/// <param name="Path">Folder that <c>load_from_disk</c> opens.</param>
/// <param name="Split">Split that the part belongs to, if specified.</param>
/// <param name="Rows">Number of rows, one per caption.</param>
/// <param name="Videos">Number of videos.</param>
/// <param name="TooLong">Number of videos skipped because they have too many frames.</param>
/// <param name="Skipped">All skipped videos, and why they were skipped.</param>
public sealed record ArrowPart(string Path, string? Split, long Rows, int Videos, int TooLong, TextList<SkippedClip> Skipped)
{
    /// <summary>Returns the path, so that the object can be passed to commands that read files.</summary>
    public override string ToString() => Path;
}

/// <summary>Columns of the dataset in early Open-Sora versions.</summary>
internal static class ArrowColumns
{
    public static readonly ArrowColumn VideoFile = new("video_file", ArrowElement.Text);

    /// <summary>Codebook indices (T, H, W).</summary>
    public static readonly ArrowColumn VideoStates = new("video_latent_states", ArrowElement.Int64, 3);

    /// <summary>Text embeddings (S, D), where S is the number of the caption's tokens without padding and D is the width of the encoder.</summary>
    public static readonly ArrowColumn TextStates = new("text_latent_states", ArrowElement.Float32, 2);
}
