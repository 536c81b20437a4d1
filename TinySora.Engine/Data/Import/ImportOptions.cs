using System.Text.Json.Serialization;

namespace TinySora.Engine.Data.Import;

/// <summary>How a clip gets one of its video's captions.</summary>
public enum CaptionChoice
{
    /// <summary>The first caption of the table.</summary>
    First,

    /// <summary>A caption at random for every clip.</summary>
    Random,

    /// <summary>Every caption: the clip is written once for each.</summary>
    All,
}

/// <summary>How videos are made into clips.</summary>
public sealed record ImportOptions
{
    /// <summary>Frames of a clip.</summary>
    public int Frames { get; init; } = 5;

    /// <summary>Height and width: the shorter side is scaled to it, the centre cropped out.</summary>
    public int Size { get; init; } = 32;

    /// <summary>One clip per video, its frames spread evenly from the first to the last; otherwise clips follow one another.</summary>
    public bool SpreadFrames { get; init; }

    /// <summary>Frames per second of clips that follow one another, whatever the video has.</summary>
    public double FramesPerSecond { get; init; } = 8;

    /// <summary>Seconds from the start of one clip to the next; null: one clip follows the other.</summary>
    public double? Stride { get; init; }

    /// <summary>
    /// Maximum number of clips per video, taken from its beginning; `null` for as many as its file size accounts for
    /// (<see cref="VideoCutter.ClipLimit"/>).
    /// </summary>
    public int? MaxClipsPerVideo { get; init; }

    /// <summary>Maximum number of clips of the import. Not part of the recipe: an import that reached it resumes with a higher one.</summary>
    [JsonIgnore]
    public int MaxClips { get; init; } = 1_000_000;

    /// <summary>Only the first seconds of each video, or of each stretch that the table names; null: all of it.</summary>
    public double? Duration { get; init; }

    /// <summary>The caption of clips that have none of their own.</summary>
    public string? Caption { get; init; }

    /// <summary>CSV, JSON or JSONL file that names a video and its caption, and if wanted start and duration or end.</summary>
    public string? CaptionsPath { get; init; }

    /// <summary>Text file with a name, or a pattern of names, on each line: only such videos; null: all.</summary>
    public string? FilterPath { get; init; }

    public CaptionChoice CaptionChoice { get; init; }

    /// <summary>The seed that chooses captions at random.</summary>
    public long Seed { get; init; }

    /// <summary>Extension of the files without its dot: gif or mp4.</summary>
    public string Format { get; init; } = "gif";

    /// <summary>Makes anew what an earlier run has written, and writes over other files of the same names.</summary>
    [JsonIgnore]
    public bool Force { get; init; }

    /// <summary>Frames from the start of one clip to the next, at least one.</summary>
    internal int StrideFrames => Stride is { } seconds ? Math.Max(1, (int)Math.Round(seconds * FramesPerSecond)) : Frames;
}
