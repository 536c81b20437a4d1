namespace TinySora.Engine.Media.Video;

/// <summary>The part of a video that is read, its frame rate and size; the default is all of it, unchanged.</summary>
public sealed record ReadOptions
{
    /// <summary>The time at which reading begins.</summary>
    public TimeSpan? Start { get; init; }

    /// <summary>The length of time that is read, from the start on.</summary>
    public TimeSpan? Duration { get; init; }

    /// <summary>Frames per second of the result: frames are dropped or repeated; null keeps the file's frames.</summary>
    public double? FramesPerSecond { get; init; }

    /// <summary>Where frames are shown for different times, frames of equal times in their place, about as many.</summary>
    public bool EvenTimes { get; init; }

    /// <summary>A picture that says how to turn it is not turned.</summary>
    internal bool IsAsStored { get; init; }

    /// <summary>
    /// Whether frames are converted as OpenCV and PyAV do, with which the published code reads videos: always BT.601, in stored pixels, without chroma
    /// interpolation, deinterlacing or tone mapping.
    /// </summary>
    internal bool IsAsPublished { get; init; }

    /// <summary>Whether a video is read on to the start from its beginning, as those whose times jump need it.</summary>
    internal bool FromBeginning { get; init; }

    /// <summary>Receives what a video, and no other clip, says of itself before its frames are read.</summary>
    internal Action<VideoInfo>? Opened { get; init; }

    /// <summary>No more frames than this.</summary>
    public int? MaxFrames { get; init; }

    /// <summary>Scale so that the shorter side has this many pixels; the aspect ratio is kept.</summary>
    public int? ShorterSide { get; init; }
}
