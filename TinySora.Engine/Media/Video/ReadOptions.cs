namespace TinySora.Engine.Media.Video;

/// <summary>Options for reading a video: the part to read, the frame rate and the size. The default is to read the whole video unchanged.</summary>
public sealed record ReadOptions
{
    /// <summary>Time at which to start reading.</summary>
    public TimeSpan? Start { get; init; }

    /// <summary>Duration to read, from the start.</summary>
    public TimeSpan? Duration { get; init; }

    /// <summary>Frames per second of the result, reached by dropping or repeating frames; <c>null</c> to keep the file's frames.</summary>
    public double? FramesPerSecond { get; init; }

    /// <summary>Whether to replace frames of uneven durations with about as many frames of equal duration.</summary>
    public bool EvenTimes { get; init; }

    /// <summary>Whether to ignore an image's orientation.</summary>
    internal bool IsAsStored { get; init; }

    /// <summary>
    /// Whether to convert frames in the same way as OpenCV and PyAV, with which the published code reads videos: always by BT.601, in stored pixels, and
    /// without chroma interpolation, deinterlacing or tone mapping.
    /// </summary>
    internal bool IsAsPublished { get; init; }

    /// <summary>Whether to decode a video from its beginning instead of seeking to the start time; required if timestamps jump.</summary>
    internal bool FromBeginning { get; init; }

    /// <summary>Receives a video's properties before its frames are read; not called for other clips.</summary>
    internal Action<VideoInfo>? Opened { get; init; }

    /// <summary>Receives ffmpeg's last error message if it read a video in spite of errors, such as damaged frames.</summary>
    internal Action<string>? Complained { get; init; }

    /// <summary>Maximum number of frames.</summary>
    public int? MaxFrames { get; init; }

    /// <summary>Length in pixels to scale the shorter side to, keeping the aspect ratio.</summary>
    public int? ShorterSide { get; init; }
}
