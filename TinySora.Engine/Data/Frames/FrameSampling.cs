namespace TinySora.Engine.Data.Frames;

/// <summary>How a video's frames are chosen for a clip (official Latte's temporal sampling).</summary>
/// <param name="Frames">Frames of a clip.</param>
/// <param name="Interval">A clip spans <paramref name="Frames"/> times this many frames of the video.</param>
/// <param name="Images">Single frames of any videos that follow the clip, for joint training; 0: none.</param>
public readonly record struct FrameSampling(int Frames, int Interval = 1, int Images = 0)
{
    private long Span => (long)Frames * Interval;

    /// <summary>Where in a video of <paramref name="length"/> frames a clip may begin: before this, and at 0 always.</summary>
    public int Starts(int length) => (int)Math.Max(0, length - Span - 1) + 1;

    /// <summary>
    /// numpy.linspace(start, end - 1, Frames), truncated, with end = min(start + span, length): of a video that is too short
    /// frames repeat.
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
