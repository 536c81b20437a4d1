namespace TinySora.Engine.Data.Frames;

/// <summary>Selection of a clip's frames from a video (temporal sampling in the official Latte code).</summary>
/// <param name="Frames">Number of frames in a clip.</param>
/// <param name="Interval">Distance between frames: a clip spans <paramref name="Frames"/> times this number of frames of the video.</param>
/// <param name="Images">Number of single frames from other videos to append to the clip for joint training; 0 for none.</param>
public readonly record struct FrameSampling(int Frames, int Interval = 1, int Images = 0)
{
    private long Span => (long)Frames * Interval;

    /// <summary>Returns the number of possible start frames in a video of <paramref name="length"/> frames; at least 1.</summary>
    public int Starts(int length) => (int)Math.Max(0, length - Span - 1) + 1;

    /// <summary>
    /// Returns numpy.linspace(start, end - 1, Frames), truncated to integers, with end = min(start + span, length). Frames repeat if the video is too
    /// short.
    /// </summary>
    public int[] Indices(int length, int start)
    {
        var last = (int)Math.Min(start + Span, length) - 1;
        var step = (last - start) / (double)(Frames - 1);
        var indices = new int[Frames];
        for (var i = 0; i < Frames; i++)
        {
            indices[i] = i == 0 ? start : i == Frames - 1 ? last : (int)((i * step) + start);
        }

        return indices;
    }
}
