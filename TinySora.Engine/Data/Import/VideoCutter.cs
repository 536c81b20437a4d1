using TinySora.Engine.Data.Captions;
using TinySora.Engine.Data.Writing;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Files;
using TinySora.Engine.Media.Resampling;
using TinySora.Engine.Media.Video;

namespace TinySora.Engine.Data.Import;

/// <summary>Cuts a video into clips of equal length.</summary>
internal sealed class VideoCutter(ImportOptions options, ImportReport report, CancellationToken cancellationToken)
{
    /// <summary>
    /// Maximum number of frames to read at a time, so that each ffmpeg process yields enough clips, but a long video is never loaded as a whole.
    /// </summary>
    private const int MaxWindowFrames = 512;

    /// <summary>Maximum number of clips per second of video, which allows a clip at each frame of a video with 120 frames per second.</summary>
    private const int MaxClipsPerSecond = 120;

    /// <summary>Number of clips that a file of any size may produce by default.</summary>
    private const int FreeClips = 100;

    /// <summary>File size in bytes for which the default limit allows one more clip, about the size of an encoded frame without changes.</summary>
    private const int ClipBytes = 16;

    /// <summary>The video's properties; <c>null</c> if it is a GIF or not opened yet.</summary>
    private VideoInfo? info;

    /// <summary>Whether the video's timestamps jump; <c>null</c> while unknown. The value is not needed for the first minute.</summary>
    private bool? timesJump;

    /// <summary>First error message of ffmpeg, which read the video all the same; <c>null</c> if there is none.</summary>
    private string? complaint;

    /// <summary>Notes for the user on how the video's frames were read.</summary>
    public IEnumerable<PictureNote> Notes => info is null ? [] : DisplayConversion.Notes(info.Stored);

    /// <summary>Returns the memory required to cut a video with an aspect ratio of 2:1.</summary>
    public static long Bytes(ImportOptions options) => FrameBytes(options) * Math.Max(WindowFrames(options), options.Frames);

    /// <summary>
    /// Returns the default maximum number of clips from a file of this length. It allows one clip at each frame, but keeps a file that shows a few frames
    /// for hours from producing millions of equal clips.
    /// </summary>
    public static int ClipLimit(long fileBytes) => (int)Math.Min(int.MaxValue, FreeClips + (fileBytes / ClipBytes));

    /// <summary>Rejects options that would cut more clips per second than any video has frames.</summary>
    /// <exception cref="TinySoraException">TooManyClipsPerSecond.</exception>
    public static void CheckRate(ImportOptions options)
    {
        var clipsPerSecond = options.FramesPerSecond / options.StrideFrames;
        if (!options.SpreadFrames && options.MaxClipsPerVideo is null && clipsPerSecond > MaxClipsPerSecond)
        {
            throw DataErrors.TooManyClipsPerSecond(clipsPerSecond, MaxClipsPerSecond);
        }
    }

    /// <summary>Returns the number of frames to read at a time, limited by memory.</summary>
    private static int WindowFrames(ImportOptions options) => (int)Math.Min(MaxWindowFrames, MediaLimits.DecodedBytes / FrameBytes(options));

    private static long FrameBytes(ImportOptions options) => 2L * 3 * options.Size * options.Size;

    /// <summary>Cuts clips from one video, up to the point where it becomes unreadable. Reports a video that produces no clips.</summary>
    /// <param name="number">Index of the video in the import, which determines its random captions.</param>
    public IEnumerable<CaptionedClip> Clips(PlannedVideo video, int number)
    {
        var random = new SplitMix64(SplitMix64.Mix(options.Seed, number));
        var limit = options.MaxClipsPerVideo ?? (options.SpreadFrames ? int.MaxValue : ClipLimit(FileBytes(video.Path)));
        using var clips = video.Segments
            .SelectMany(s => Cut(video.Path, s).Select(c => (Clip: c, s.Captions)))
            .Take(options.MaxClipsPerVideo ?? int.MaxValue)
            .GetEnumerator();
        for (var count = 0; ; count++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                if (!clips.MoveNext())
                {
                    if (GetStopReason(video.Path, count) is string reason)
                    {
                        report.Skipped(new SkippedClip(video.Path, reason));
                    }

                    yield break;
                }
            }
            catch (TinySoraException e) when (e.Kind != ErrorKind.NotInstalled)
            {
                report.Skipped(new SkippedClip(video.Path, e.Message));
                yield break;
            }

            if (count == limit)
            {
                var reason = $"only its first {limit} clips were cut, the default limit for a file of this size; change the limit with -MaxClipsPerVideo";
                report.Skipped(new SkippedClip(video.Path, reason));
                yield break;
            }

            var (clip, captions) = clips.Current;
            foreach (var chosen in Choose(captions, ref random))
            {
                yield return new CaptionedClip(clip, chosen);
            }
        }
    }

    /// <summary>Explains why a video that was read to its end has no more clips; returns <c>null</c> if there is nothing to report.</summary>
    private string? GetStopReason(string path, int clips) =>
        info is not null && !options.SpreadFrames && clips < (options.MaxClipsPerVideo ?? int.MaxValue)
            && FFmpeg.FindTruncation(path, info, cancellationToken) is TimeSpan end
            ? FormattableString.Invariant($"it is truncated at {end.TotalSeconds:0.0} s, so the rest cannot be cut into clips")
        : clips == 0 ? FormattableString.Invariant($"it is shorter than one clip of {options.Frames} frames at {options.FramesPerSecond} frames per second")
        : complaint is not null ? $"some of its frames are damaged, so its clips may be damaged too ({complaint})"
        : null;

    /// <summary>Returns the length of a file; 0 if it is missing, because reading it later reports the error.</summary>
    private static long FileBytes(string path) => FileStamp.Of(path)?.Length ?? 0;

    /// <summary>Returns the captions of each copy of a clip to write.</summary>
    private IReadOnlyList<string>[] Choose(IReadOnlyList<string> captions, ref SplitMix64 random) => options.CaptionChoice switch
    {
        _ when captions.Count == 0 => [options.Caption is string caption ? [caption] : []],
        CaptionChoice.All => [.. captions.Select(caption => (string[])[caption])],
        CaptionChoice.Lines => [captions],
        CaptionChoice.Random => [[captions[random.Below(captions.Count)]]],
        _ => [[captions[0]]],
    };

    private IEnumerable<Clip> Cut(string path, CaptionedSegment segment)
    {
        var most = options.Duration is double seconds ? TimeSpan.FromSeconds(seconds) : TimeSpan.MaxValue;
        var duration = most < (segment.Duration ?? TimeSpan.MaxValue) ? most : segment.Duration;
        return options.SpreadFrames ? Spread(path, segment.Start, duration) : FollowOneAnother(path, segment.Start, duration);
    }

    /// <summary>Reads one clip with frames spread over the whole segment.</summary>
    private IEnumerable<Clip> Spread(string path, TimeSpan start, TimeSpan? duration)
    {
        var all = Read(path, new ReadOptions
        {
            Start = start == TimeSpan.Zero ? null : start,
            Duration = duration,
            EvenTimes = true,
            ShorterSide = options.Size,
        });
        var frames = Resample.EvenFrames(all, options.Frames);
        yield return frames with
        {
            FrameMilliseconds = Math.Max(1, (int)Math.Round((double)all.Frames * all.FrameMilliseconds / options.Frames)),
        };
    }

    /// <summary>Reads consecutive clips. An incomplete clip at the end is dropped.</summary>
    private IEnumerable<Clip> FollowOneAnother(string path, TimeSpan start, TimeSpan? duration)
    {
        var stride = options.StrideFrames;
        var clipsOfWindow = Math.Max(1, WindowFrames(options) / stride);
        var length = duration is { } d ? (int)Math.Round(d.TotalSeconds * options.FramesPerSecond) : int.MaxValue;
        for (var position = 0; position <= length - options.Frames; position += clipsOfWindow * stride)
        {
            var wanted = Math.Min(options.Frames + ((clipsOfWindow - 1) * stride), length - position);
            var from = start + TimeSpan.FromSeconds(position / options.FramesPerSecond);
            if (Window(path, from, wanted, mayBeOver: position > 0) is not { } window)
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

    /// <summary>Reads the frames in a window; returns <c>null</c> if the video has ended, possibly exactly at the end of a window.</summary>
    private Clip? Window(string path, TimeSpan start, int frames, bool mayBeOver)
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
            return Read(path, part);
        }
        catch (TinySoraException e) when (mayBeOver && e.Id == MediaErrors.NoFramesId)
        {
            return null;
        }
    }

    private Clip Read(string path, ReadOptions part)
    {
        if (part.Start > VideoFile.MaxKeyframeInterval && ClipFile.IsVideo(path))
        {
            part = part with { FromBeginning = timesJump ??= FFmpeg.TimesJump(path, cancellationToken) };
        }

        var clip = ClipFile.Read(path, part with { Opened = found => info = found, Complained = Complain }, cancellationToken);
        return Resample.CenterCrop(Resample.ToChannels(clip, 3), options.Size);

        void Complain(string text)
        {
            // Without an index, ffmpeg may start between key frames, and then reports the missing ones.
            complaint ??= part.Start is not null && info!.LacksIndex ? null : text;
        }
    }
}
