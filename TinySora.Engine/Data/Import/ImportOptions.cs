using System.Text.Json.Serialization;

namespace TinySora.Engine.Data.Import;

/// <summary>How to choose the captions of a clip from the captions of its video.</summary>
public enum CaptionChoice
{
    /// <summary>The first caption in the table.</summary>
    First,

    /// <summary>A random caption for every clip.</summary>
    Random,

    /// <summary>All captions; the clip is written once for each.</summary>
    All,

    /// <summary>All captions; the clip is written once, with one caption per line.</summary>
    Lines,
}

/// <summary>Options for cutting clips from videos.</summary>
public sealed record ImportOptions
{
    /// <summary>Number of frames in a clip.</summary>
    public int Frames { get; init; } = 5;

    /// <summary>Height and width in pixels. The shorter side of a video is scaled to this size, and the center is cropped.</summary>
    public int Size { get; init; } = 32;

    /// <summary>Whether to create one clip per video, with frames evenly spaced from the first to the last, instead of consecutive clips.</summary>
    public bool SpreadFrames { get; init; }

    /// <summary>Frames per second of consecutive clips, regardless of the video's frame rate.</summary>
    public double FramesPerSecond { get; init; } = 8;

    /// <summary>Seconds from the start of one clip to the next; <c>null</c> for clips without gaps or overlap.</summary>
    public double? Stride { get; init; }

    /// <summary>
    /// Maximum number of clips per video, from its beginning; <c>null</c> for a limit based on its file size (<see cref="VideoCutter.ClipLimit"/>).
    /// </summary>
    public int? MaxClipsPerVideo { get; init; }

    /// <summary>
    /// Maximum number of clips in the import. It is not part of the recipe, so rerunning with a higher limit resumes an import that has reached its limit.
    /// </summary>
    [JsonIgnore]
    public int MaxClips { get; init; } = 1_000_000;

    /// <summary>Seconds to use from the beginning of each video, or of each segment in the table; <c>null</c> for all.</summary>
    public double? Duration { get; init; }

    /// <summary>Caption for clips without a caption of their own.</summary>
    public string? Caption { get; init; }

    /// <summary>CSV, JSON or JSONL file with videos and captions, and optionally start, and duration or end.</summary>
    public string? CaptionsPath { get; init; }

    /// <summary>Text file with a name or pattern on each line that selects videos; <c>null</c> for all videos.</summary>
    public string? FilterPath { get; init; }

    public CaptionChoice CaptionChoice { get; init; }

    /// <summary>Seed for choosing random captions.</summary>
    public long Seed { get; init; }

    /// <summary>Extension of the files without its dot: gif or mp4.</summary>
    public string Format { get; init; } = "gif";

    /// <summary>Whether to rewrite the clips of an earlier run and to overwrite other files with the same names.</summary>
    [JsonIgnore]
    public bool Force { get; init; }

    /// <summary>Number of frames from the start of one clip to the next, at least one.</summary>
    internal int StrideFrames => Stride is { } seconds ? Math.Max(1, (int)Math.Round(seconds * FramesPerSecond)) : Frames;
}
