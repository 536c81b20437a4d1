using TinySora.Engine.Errors;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Files;
using TinySora.Engine.Media.Resampling;
using TinySora.Engine.Media.Video;

namespace TinySora.Engine.Evaluation.Captioning;

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
