using System.Text.Json.Serialization;

namespace TinySora.Engine.Data.Corpora;

/// <summary>Which corpus becomes Arrow parts, and how.</summary>
public sealed record ArrowExportOptions
{
    /// <summary>JSON, JSONL or CSV: videos with their captions.</summary>
    public required string CaptionPath { get; init; }

    /// <summary>The folder in which the captions name videos.</summary>
    public required string VideoPath { get; init; }

    /// <summary>Gets part-00000 and on.</summary>
    public required string OutputPath { get; init; }

    /// <summary>A local CLIP.</summary>
    public required string TextEncoderPath { get; init; }

    /// <summary>What the parts say to be a part of: train, val, test.</summary>
    public string? Split { get; init; }

    /// <summary>So many parts, but no more than there are videos.</summary>
    public int Parts { get; init; } = 10;

    /// <summary>Longer videos are left out.</summary>
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
