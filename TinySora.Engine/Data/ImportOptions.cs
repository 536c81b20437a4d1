namespace TinySora.Engine.Data;

/// <summary>How videos are cut into clips.</summary>
public sealed record ImportOptions
{
    /// <summary>Frames of a clip.</summary>
    public int Frames { get; init; } = 5;

    /// <summary>Height and width: the shorter side is scaled to it, the centre cropped out.</summary>
    public int Size { get; init; } = 32;

    /// <summary>Frames per second of a clip, whatever the video has.</summary>
    public double FramesPerSecond { get; init; } = 8;

    /// <summary>Seconds from the start of one clip to the next; null: one clip follows the other.</summary>
    public double? Stride { get; init; }

    /// <summary>The first clips of each video; null: all.</summary>
    public int? MaxClipsPerVideo { get; init; }

    /// <summary>The caption of clips that have none of their own.</summary>
    public string? Caption { get; init; }

    /// <summary>CSV file with the columns video (or file) and caption, and if wanted start and duration.</summary>
    public string? CaptionsPath { get; init; }

    /// <summary>Writes over files of the same name; others in the folder stay.</summary>
    public bool Force { get; init; }

    /// <summary>Frames from the start of one clip to the next, at least one.</summary>
    internal int StrideFrames => Stride is { } seconds ? Math.Max(1, (int)Math.Round(seconds * FramesPerSecond)) : Frames;
}
