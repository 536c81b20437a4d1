namespace TinySora.Engine.Media.Video;

/// <summary>Part of a video to read, its frame rate and size; by default everything, unchanged.</summary>
public sealed record ReadOptions
{
    /// <summary>Time at which to start reading.</summary>
    public TimeSpan? Start { get; init; }

    /// <summary>Duration to read, from the start.</summary>
    public TimeSpan? Duration { get; init; }

    /// <summary>Frames per second of the result: frames are dropped or repeated; <c>null</c> keeps the file's frames.</summary>
    public double? FramesPerSecond { get; init; }

    /// <summary>Whether to replace frames of uneven durations by about as many frames of equal duration.</summary>
    public bool EvenTimes { get; init; }

    /// <summary>Whether to ignore an image's orientation.</summary>
    internal bool IsAsStored { get; init; }

    /// <summary>
    /// Whether frames are converted as by OpenCV and PyAV, which the published code uses to read videos: always BT.601, in stored pixels, without chroma
    /// interpolation, deinterlacing or tone mapping.
    /// </summary>
    internal bool IsAsPublished { get; init; }

    /// <summary>Whether to decode a video from its beginning up to the start, which is required if timestamps jump.</summary>
    internal bool FromBeginning { get; init; }

    /// <summary>Receives a video's properties before its frames are read; not called for other clips.</summary>
    internal Action<VideoInfo>? Opened { get; init; }

    /// <summary>Maximum number of frames.</summary>
    public int? MaxFrames { get; init; }

    /// <summary>Number of pixels to scale the shorter side to, keeping the aspect ratio.</summary>
    public int? ShorterSide { get; init; }
}
