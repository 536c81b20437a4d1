using TinySora.Engine.Errors;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Files;
using TinySora.Engine.Media.Resampling;
using TinySora.Engine.Media.Video;

namespace TinySora.Engine.Evaluation.Captioning;

/// <summary>Frames of one shot that follow one another.</summary>
/// <param name="First">The number of the first frame in the video.</param>
/// <param name="Length">How many frames of the video it lasts.</param>
/// <param name="Shot">The number of the shot, from 1.</param>
/// <param name="Frames">All of the stretch, or of a long one evenly many.</param>
internal sealed record Stretch(int First, int Length, int Shot, IReadOnlyList<Clip> Frames)
{
    /// <param name="interval">Seconds from frame to frame of the video.</param>
    public ClipSight Look(double interval) => ClipSight.Of(
        Frames[0] with { Frames = Frames.Count, Pixels = [.. Frames.SelectMany(frame => frame.Pixels)] }, interval * Length / Frames.Count);
}

/// <summary>Parts a video, frame by frame, at its cuts, and long shots into stretches.</summary>
/// <param name="most">Frames of a stretch; the last of a shot has up to half as many more.</param>
/// <param name="done">Gets each stretch when it is over.</param>
internal sealed class Shots(int most, Action<Stretch> done)
{
    /// <summary>The most frames that are kept of a stretch: of a longer one every second, every fourth and so on.</summary>
    private const int MostFrames = 128;

    private readonly CutFinder cuts = new();
    private readonly List<Clip> frames = [];
    private int first;
    private int length;
    private int step = 1;
    private Clip? last;

    public int Shot { get; private set; } = 1;

    public void Add(Clip frame)
    {
        if (last is not null)
        {
            var isCut = cuts.Add(frame);
            if (isCut && length > 0)
            {
                Close(length);
                Shot++;
            }

            Take(last);
        }
        else
        {
            cuts.Add(frame);
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
        if (frames.Count > MostFrames)
        {
            var kept = frames.Where((_, k) => k % 2 == 0).ToList();
            frames.Clear();
            frames.AddRange(kept);
            step *= 2;
        }

        // Half a stretch more is there: what is left is no scrap.
        if (length - most >= Math.Max(1, most / 2))
        {
            Close(most);
        }
    }

    /// <param name="count">Frames of the video that the stretch has; what is beyond begins the next.</param>
    private void Close(int count)
    {
        var kept = (count + step - 1) / step;
        done(new Stretch(first, count, Shot, [.. frames.Take(kept)]));
        frames.RemoveRange(0, kept);
        (first, length) = (first + count, length - count);
        step = frames.Count == 0 ? 1 : step;
    }
}

/// <summary>Tells where a film goes over to another shot: frames come one after the other, and each is judged when the next is there.</summary>
internal sealed class CutFinder
{
    /// <summary>Cells across and down whose mean colours are compared.</summary>
    private const int Cells = 16;

    /// <summary>The difference of a channel, of 255, from which on a cell has changed.</summary>
    private const int Changed = 12;

    private const double LeastShare = 0.35;

    /// <summary>How many times more cells a cut changes than the step before it and the one after: what moves fast changes many at every step.</summary>
    private const double LeastJump = 2.2;

    private byte[]? last;
    private double before;
    private double now;

    /// <returns>Whether the frame before this one began another shot.</returns>
    public bool Add(Clip frame)
    {
        var cells = Resample.Resize(frame, Cells, Cells).Pixels;
        var share = last is null ? 0 : Enumerable.Range(0, Cells * Cells).Count(i => Backdrop.Difference(cells, last, i) > Changed) / (double)(Cells * Cells);
        var isCut = now >= LeastShare && now >= LeastJump * Math.Max(before, share);
        (before, now, last) = (now, share, cells);
        return isCut;
    }
}

/// <summary>A video as it is looked at: RGB frames of the square in its middle, which is what models train on, small and not too many.</summary>
internal static class Footage
{
    private const int Side = 128;

    /// <summary>The most frames per second: of a faster video every second frame is taken, or every third and so on.</summary>
    private const double MostFramesPerSecond = 25.5;

    /// <summary>Hands out the frames one by one with the seconds from each to the next.</summary>
    /// <exception cref="TinySoraException">Absent, damaged, of an unknown format, too large, or ffmpeg is missing.</exception>
    public static void Read(string path, Action<Clip, double> use, CancellationToken cancellationToken)
    {
        if (ClipFile.IsVideo(path))
        {
            var rate = MostFramesPerSecond;
            VideoFile.ForEachFrame(path, Choose, frame => use(Square(frame), 1 / rate), cancellationToken);
            return;

            ReadOptions Choose(VideoInfo info)
            {
                var own = info.FramesPerSecond > 0 ? info.FramesPerSecond : 10;
                rate = own / Math.Ceiling(own / MostFramesPerSecond);
                return new ReadOptions { FramesPerSecond = rate, ShorterSide = Math.Min(Side, Math.Min(info.Height, info.Width)) };
            }
        }

        var clip = ClipFile.Read(path, null, cancellationToken);
        var step = (int)Math.Ceiling(1000 / MostFramesPerSecond / clip.FrameMilliseconds);
        for (var f = 0; f < clip.Frames; f += step)
        {
            cancellationToken.ThrowIfCancellationRequested();
            use(Square(Resample.Select(clip, [f])), step * clip.FrameMilliseconds / 1000.0);
        }
    }

    /// <summary>The frame's middle, at most as large as is looked at.</summary>
    public static Clip Square(Clip frame)
    {
        var side = Math.Min(Math.Min(frame.Height, frame.Width), Side);
        return Resample.CenterCrop(Resample.ShorterSide(Resample.ToChannels(frame, 3), side), side);
    }
}
