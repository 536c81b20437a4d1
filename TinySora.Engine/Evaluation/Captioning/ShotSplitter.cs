using TinySora.Engine.Errors;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Files;
using TinySora.Engine.Media.Resampling;
using TinySora.Engine.Media.Video;

namespace TinySora.Engine.Evaluation.Captioning;

/// <summary>A stretch of consecutive frames of one shot in a video.</summary>
/// <param name="First">Index of the first frame in the video.</param>
/// <param name="Length">Number of video frames in the stretch.</param>
/// <param name="Shot">Number of the shot, from 1.</param>
/// <param name="Frames">All frames of the stretch, or an evenly spaced selection if the stretch is long.</param>
internal sealed record ShotSegment(int First, int Length, int Shot, IReadOnlyList<Clip> Frames)
{
    /// <summary>Whether a cut precedes the stretch.</summary>
    public bool StartsAtCut { get; init; }

    /// <summary>Whether a cut follows the stretch.</summary>
    public bool EndsAtCut { get; init; }

    /// <summary>Returns the start and end in seconds without the frames around a cut that were not sampled, because their shot is unknown.</summary>
    /// <param name="interval">Seconds between sampled frames.</param>
    /// <param name="own">Seconds between all frames of the video.</param>
    public (double Start, double End) Times(double interval, double own)
    {
        // A sampled frame is the middle one of its interval.
        var unseen = (int)Math.Round(interval / own) - 1;
        var later = unseen / 2;
        return ((First * interval) + (StartsAtCut ? later * own : 0), ((First + Length) * interval) - (EndsAtCut ? (unseen - later) * own : 0));
    }

    /// <param name="interval">Seconds between frames of the video.</param>
    public ClipContent Analyze(double interval) => ClipContent.Analyze(
        Frames[0] with { Frames = Frames.Count, Pixels = [.. Frames.SelectMany(frame => frame.Pixels)] }, interval * Length / Frames.Count);
}

/// <summary>Splits a video at its cuts, and splits long shots into stretches. It receives the video frame by frame.</summary>
/// <param name="most">Number of frames per stretch; the last stretch of a shot may be up to 50 % longer.</param>
/// <param name="done">Action that receives each completed stretch.</param>
internal sealed class ShotSplitter(int most, Action<ShotSegment> done)
{
    /// <summary>Maximum number of frames kept per stretch; a longer stretch is subsampled.</summary>
    private const int MaxFrames = 128;

    private readonly CutFinder cuts = new();
    private readonly List<Clip> frames = [];
    private int first;
    private int length;
    private int step = 1;
    private Clip? last;
    private bool startsAtCut;

    public int Shot { get; private set; } = 1;

    public void Add(Clip frame)
    {
        var isCut = cuts.Add(frame);
        if (last is not null)
        {
            if (isCut && length > 0)
            {
                Close(length, isCut: true);
                Shot++;
            }

            Take(last);
        }

        last = frame;
    }

    public void End()
    {
        if (last is not null)
        {
            Take(last);
            Close(length);
        }
    }

    private void Take(Clip frame)
    {
        if (length % step == 0)
        {
            frames.Add(frame);
        }

        length++;
        if (frames.Count > MaxFrames)
        {
            var kept = frames.Where((_, k) => k % 2 == 0).ToList();
            frames.Clear();
            frames.AddRange(kept);
            step *= 2;
        }

        // Wait for half a stretch more, so that the last stretch of a shot is not too short.
        if (length - most >= Math.Max(1, most / 2))
        {
            Close(most);
        }
    }

    /// <param name="count">Number of video frames in the stretch; the remaining frames start the next stretch.</param>
    private void Close(int count, bool isCut = false)
    {
        var kept = (count + step - 1) / step;
        done(new ShotSegment(first, count, Shot, [.. frames.Take(kept)]) { StartsAtCut = startsAtCut, EndsAtCut = isCut });
        startsAtCut = isCut;
        frames.RemoveRange(0, kept);
        (first, length) = (first + count, length - count);
        step = frames.Count == 0 ? 1 : step;
    }
}

/// <summary>Detects cuts in a sequence of frames. Whether a frame starts a new shot is known when the next frame arrives.</summary>
internal sealed class CutFinder
{
    /// <summary>Number of cells per row and column of a frame. The mean colors of the cells are compared.</summary>
    private const int Cells = 16;

    /// <summary>Channel difference (0 to 255) above which a cell has changed.</summary>
    private const int Changed = 12;

    private const double MinShare = 0.35;

    /// <summary>
    /// Minimum ratio of the number of cells that change at a cut to the number one frame earlier or later. Unlike a cut, fast motion changes many cells in
    /// every frame.
    /// </summary>
    private const double MinJump = 2.2;

    private byte[]? last;
    private double before;
    private double now;

    /// <returns>Whether the previous frame started a new shot.</returns>
    public bool Add(Clip frame)
    {
        var cells = Resample.Resize(frame, Cells, Cells).Pixels;
        var share = last is null ? 0
            : Enumerable.Range(0, Cells * Cells).Count(i => BackgroundModel.Difference(cells, last, i) > Changed) / (double)(Cells * Cells);
        var isCut = now >= MinShare && now >= MinJump * Math.Max(before, share);
        (before, now, last) = (now, share, cells);
        return isCut;
    }
}

/// <summary>
/// Reads videos for captioning, as RGB frames with a limited frame rate. Frames are cropped to the center square, as in training, and then downscaled.
/// </summary>
internal static class CaptioningFrames
{
    private const int Side = 128;

    /// <summary>Maximum frame rate; videos with a higher frame rate are subsampled.</summary>
    private const double MaxFramesPerSecond = 25.5;

    /// <summary>Reads a video and passes each frame to an action, together with the intervals between these frames and between all frames in seconds.</summary>
    /// <exception cref="TinySoraException">The file is missing, corrupt, too large or in an unknown format, or ffmpeg is missing.</exception>
    public static void Read(string path, Action<Clip, double, double> use, CancellationToken cancellationToken)
    {
        if (ClipFile.IsVideo(path))
        {
            var (rate, own) = (MaxFramesPerSecond, MaxFramesPerSecond);
            VideoFile.ForEachFrame(path, Choose, frame => use(Square(frame), 1 / rate, 1 / own), cancellationToken);
            return;

            ReadOptions Choose(VideoInfo info)
            {
                own = info.MaxFramesPerSecond > 0 ? info.MaxFramesPerSecond : 10;
                rate = own / Math.Ceiling(own / MaxFramesPerSecond);
                return new ReadOptions { FramesPerSecond = rate, ShorterSide = Math.Min(Side, Math.Min(info.Height, info.Width)) };
            }
        }

        var clip = ClipFile.Read(path, new ReadOptions { EvenTimes = true }, cancellationToken);
        var step = (int)Math.Ceiling(1000 / MaxFramesPerSecond / clip.FrameMilliseconds);
        for (var f = 0; f < clip.Frames; f += step)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var middle = Math.Min(f + ((step - 1) / 2), clip.Frames - 1);
            use(Square(Resample.Select(clip, [middle])), step * clip.FrameMilliseconds / 1000.0, clip.FrameMilliseconds / 1000.0);
        }
    }

    /// <summary>Returns the center square of a frame, downscaled to the maximum size.</summary>
    public static Clip Square(Clip frame)
    {
        var side = Math.Min(Math.Min(frame.Height, frame.Width), Side);
        return Resample.CenterCrop(Resample.ShorterSide(Resample.ToChannels(frame, 3), side), side);
    }
}
