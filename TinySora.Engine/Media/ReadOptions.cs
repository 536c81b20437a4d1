namespace TinySora.Engine.Media;

/// <summary>Which part of a video is read, and at what rate and size; the default is all of it, as it is.</summary>
public sealed record ReadOptions
{
    /// <summary>Where to begin.</summary>
    public TimeSpan? Start { get; init; }

    /// <summary>How much to read from there.</summary>
    public TimeSpan? Duration { get; init; }

    /// <summary>Frames per second of the result: frames are dropped or repeated; null keeps the file's frames.</summary>
    public double? FramesPerSecond { get; init; }

    /// <summary>No more frames than this.</summary>
    public int? MaxFrames { get; init; }

    /// <summary>Scale so that the shorter side has this many pixels; the aspect ratio is kept.</summary>
    public int? ShorterSide { get; init; }
}
