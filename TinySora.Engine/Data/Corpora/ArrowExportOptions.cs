using System.Text.Json.Serialization;
using TinySora.Engine.Formats;
using TinySora.Engine.Formats.Arrow;
using static TorchSharp.torch;

namespace TinySora.Engine.Data.Corpora;

/// <summary>The corpus that is written as Arrow parts, and how.</summary>
public sealed record ArrowExportOptions
{
    /// <summary>The file of captions: JSON, JSONL or CSV, with a video's name beside each.</summary>
    public required string CaptionPath { get; init; }

    /// <summary>The folder that the names of videos are relative to.</summary>
    public required string VideoPath { get; init; }

    /// <summary>The folder that gets <c>part-00000</c> and so on.</summary>
    public required string OutputPath { get; init; }

    /// <summary>The folder of a CLIP text encoder.</summary>
    public required string TextEncoderPath { get; init; }

    /// <summary>What the parts say to be a part of: train, val, test.</summary>
    public string? Split { get; init; }

    /// <summary>The number of parts, but no more than there are videos.</summary>
    public int Parts { get; init; } = 10;

    /// <summary>The most frames of a video; longer videos are left out.</summary>
    public int MaxFrames { get; init; } = 600;

    /// <summary>Makes the videos into codebook indices; null: the parts have none.</summary>
    [JsonIgnore]
    public VideoTokens? Tokens { get; init; }

    /// <summary>auto, cpu, cuda or cuda:N.</summary>
    [JsonIgnore]
    public string Device { get; init; } = "auto";

    /// <summary>Makes anew what is there, and removes parts that do not belong to it.</summary>
    [JsonIgnore]
    public bool Force { get; init; }
}

/// <summary>What makes videos into tokens.</summary>
/// <param name="Description">Differs when the tokens would; the parts keep it.</param>
/// <param name="Encode">The tokens (T, H, W) of the video at a path, int64 on the CPU.</param>
public sealed record VideoTokens(string Description, Func<string, CancellationToken, Tensor> Encode)
{
    /// <summary>What must be known to train on them without what made them; the parts keep it, too.</summary>
    public string Of { get; init; } = "";
}

/// <summary>A part of a dataset in Hugging Face's Arrow layout.</summary>
/// <param name="Path">A folder that <c>load_from_disk</c> opens.</param>
/// <param name="Split">What it is a part of, if that was said.</param>
/// <param name="Rows">One for each caption of its videos.</param>
/// <param name="Videos">How many it has.</param>
/// <param name="TooLong">Videos left out because they have too many frames.</param>
/// <param name="Skipped">Every video left out, and why.</param>
public sealed record ArrowPart(string Path, string? Split, long Rows, int Videos, int TooLong, TextList<SkippedClip> Skipped)
{
    /// <summary>The path, which is what commands that take files read.</summary>
    public override string ToString() => Path;
}

/// <summary>The columns of the early Open-Sora's dataset.</summary>
internal static class ArrowColumns
{
    public static readonly ArrowColumn VideoFile = new("video_file", ArrowElement.Text);

    /// <summary>(T, H, W): codebook indices.</summary>
    public static readonly ArrowColumn VideoStates = new("video_latent_states", ArrowElement.Int64, 3);

    /// <summary>(S, D): the caption's own tokens, the width of the encoder.</summary>
    public static readonly ArrowColumn TextStates = new("text_latent_states", ArrowElement.Float32, 2);
}
