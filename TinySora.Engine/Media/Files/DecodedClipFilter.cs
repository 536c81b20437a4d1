using TinySora.Engine.Errors;
using TinySora.Engine.Media.Resampling;
using TinySora.Engine.Media.Video;

namespace TinySora.Engine.Media.Files;

/// <summary>Applies <see cref="ReadOptions"/> to a completely decoded clip, with the same result as for video files.</summary>
internal static class DecodedClipFilter
{
    /// <summary>Tolerance in seconds, so that a time on the border between two frames belongs to the second frame despite rounding.</summary>
    private const double Rounding = 1e-6;

    /// <param name="ends">End times of the frames if they are uneven, otherwise <c>null</c>.</param>
    public static Clip Of(Clip clip, ReadOptions options, string path, IReadOnlyList<double>? ends = null)
    {
        ends = options.FramesPerSecond is null && !options.EvenTimes ? null : ends;
        var frameSeconds = clip.FrameMilliseconds / 1000.0;
        var start = options.Start?.TotalSeconds ?? 0;
        var end = Math.Min(ends is null ? clip.Frames * frameSeconds : ends[^1], options.Duration is TimeSpan d ? start + d.TotalSeconds : double.MaxValue);
        var step = options.FramesPerSecond is double fps ? 1 / fps : frameSeconds;

        // For each output frame, take the frame that is on screen at the middle of its duration.
        var indices = new List<int>();
        var shown = 0;
        for (var i = 0; i < (options.MaxFrames ?? int.MaxValue); i++)
        {
            var time = start + (i + 0.5) * step;
            if (time >= end - Rounding)
            {
                break;
            }

            while (ends is not null && ends[shown] <= time + Rounding)
            {
                shown++;
            }

            indices.Add(ends is null ? (int)(time / frameSeconds + Rounding) : shown);
            var decoded = (long)indices.Count * clip.FrameLength;
            if (decoded > MediaLimits.DecodedBytes)
            {
                throw MediaErrors.TooLarge(path, decoded, MediaLimits.DecodedBytes);
            }
        }
        if (indices.Count == 0)
        {
            throw MediaErrors.NoFrames(path);
        }

        if (indices.Count != clip.Frames || !indices.SequenceEqual(Enumerable.Range(0, clip.Frames)))
        {
            clip = Resample.Select(clip, indices) with { FrameMilliseconds = Math.Max(1, (int)Math.Round(step * 1000)) };
        }

        if (options.ShorterSide is not int side)
        {
            return clip;
        }

        Resample.CheckScaled(path, clip.Height, clip.Width, clip.Channels, clip.Frames, side);
        return Resample.ShorterSide(clip, side);
    }
}
