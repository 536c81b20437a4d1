using System.Text.Json.Serialization;

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
