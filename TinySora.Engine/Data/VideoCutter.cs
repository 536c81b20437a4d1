using TinySora.Engine.Errors;
using TinySora.Engine.Media;

namespace TinySora.Engine.Data;

/// <summary>Cuts one stretch of a video into clips of equal length.</summary>
internal static class VideoCutter
{
    /// <summary>Frames read at once: many clips for one start of ffmpeg, and a long film never wholly in memory.</summary>
    private const int WindowFrames = 512;

    /// <summary>The clips in the order of time; what remains at the end is too short and left out.</summary>
    /// <exception cref="TinySoraException">The video cannot be decoded.</exception>
    public static IEnumerable<Clip> Cut(
        string path, CaptionedSegment segment, ImportOptions options, CancellationToken cancellationToken)
    {
        var stride = options.StrideFrames;
        var clipsOfWindow = Math.Max(1, WindowFrames / stride);
        var length = segment.Duration is { } d ? (int)Math.Round(d.TotalSeconds * options.FramesPerSecond) : int.MaxValue;
        for (var position = 0; position <= length - options.Frames; position += clipsOfWindow * stride)
        {
            var wanted = Math.Min(options.Frames + ((clipsOfWindow - 1) * stride), length - position);
            var start = segment.Start + TimeSpan.FromSeconds(position / options.FramesPerSecond);
            if (Read(path, start, wanted, options, position > 0, cancellationToken) is not { } window)
            {
                yield break;
            }

            for (var first = 0; first + options.Frames <= window.Frames; first += stride)
            {
                yield return Resample.Select(window, [.. Enumerable.Range(first, options.Frames)]);
            }

            if (window.Frames < wanted)
            {
                yield break;
            }
        }
    }

    /// <summary>null where the video has ended, as it may exactly at the end of a window.</summary>
    private static Clip? Read(
        string path, TimeSpan start, int frames, ImportOptions options, bool mayBeOver, CancellationToken cancellationToken)
    {
        var part = new ReadOptions
        {
            Start = start == TimeSpan.Zero ? null : start,
            FramesPerSecond = options.FramesPerSecond,
            MaxFrames = frames,
            ShorterSide = options.Size,
        };
        try
        {
            return Resample.CenterCrop(Resample.ToChannels(ClipFile.Read(path, part, cancellationToken), 3), options.Size);
        }
        catch (TinySoraException e) when (mayBeOver && e.Id == "TinySora.Media.NoFrames")
        {
            return null;
        }
    }
}
