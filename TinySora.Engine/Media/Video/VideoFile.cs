using System.Globalization;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;
using TinySora.Engine.Media.Resampling;

namespace TinySora.Engine.Media.Video;

/// <summary>Reads and writes the frames of video files with ffmpeg, as raw RGB through its standard output and input.</summary>
internal static class VideoFile
{
    /// <summary>Maximum time between key frames; encoders insert one at least every 250 frames.</summary>
    internal static readonly TimeSpan MaxKeyframeInterval = TimeSpan.FromSeconds(60);

    /// <summary>
    /// Number of frames that <see cref="ReadOptions.EvenTimes"/> may create from any file, in addition to one per byte. Without a limit, a gap of a day between
    /// two frames would be filled with millions of frames.
    /// </summary>
    private const int FreeFrames = 10_000;

    /// <summary>Maximum rate of even frames if the container does not record their number; the stated rate may then be that of a clock.</summary>
    private const double MaxEvenRate = 120;

    /// <summary>Reads the part that <paramref name="options"/> select, as a clip with three channels.</summary>
    public static Clip Read(string path, ReadOptions options, CancellationToken cancellationToken)
    {
        byte[] pixels = [];
        var frame = Decode(
            path, _ => options,
            (output, format) =>
            {
                pixels = ReadFrames(output, path, format.FrameLength);
                return pixels.Length / format.FrameLength;
            },
            cancellationToken);
        if (pixels.Length == 0)
        {
            throw MediaErrors.NoFrames(path);
        }

        return frame with { Pixels = pixels, Frames = pixels.Length / frame.FrameLength };
    }

    /// <summary>Passes each frame to a function as a clip with three channels.</summary>
    /// <param name="choose">Chooses the part to read, and how to read it, from the video's properties.</param>
    public static void ForEachFrame(string path, Func<VideoInfo, ReadOptions> choose, Action<Clip> use, CancellationToken cancellationToken)
    {
        var count = 0L;
        Decode(path, choose, (output, format) =>
        {
            var pixels = new byte[format.FrameLength];
            while (output.ReadAtLeast(pixels, pixels.Length, throwOnEndOfStream: false) == pixels.Length)
            {
                cancellationToken.ThrowIfCancellationRequested();
                count++;
                use(format with { Pixels = pixels });
                pixels = new byte[format.FrameLength];
            }

            return count;
        }, cancellationToken);
        if (count == 0)
        {
            throw MediaErrors.NoFrames(path);
        }
    }

    /// <param name="choose">Chooses the part to read, and how to read it, from the video's properties.</param>
    /// <param name="read">Receives the raw frames and their format, and returns their number.</param>
    /// <returns>Format of a frame, as a clip of one frame without pixels.</returns>
    private static Clip Decode(string path, Func<VideoInfo, ReadOptions> choose, Func<Stream, Clip, long> read, CancellationToken cancellationToken)
    {
        var program = FFmpeg.Find();
        var info = FFmpeg.Probe(path, cancellationToken);
        var options = choose(info);
        options.Opened?.Invoke(info);
        var size = options.IsAsPublished ? info.Pixels : (info.Width, info.Height);
        var (rows, columns) = options.IsAsStored && info.IsQuarterTurned ? size : (size.Height, size.Width);
        var side = options.ShorterSide ?? Math.Min(rows, columns);
        Resample.CheckScaled(path, rows, columns, channels: 3, frames: 1, side);
        var (height, width) = Resample.ShorterSideSize(rows, columns, side);
        var requested = options.FramesPerSecond ?? (options.EvenTimes ? EvenRate(info) : null);
        var rate = requested ?? info.FramesPerSecond;
        var milliseconds = rate > 0 ? Math.Max(1, (int)Math.Round(1000 / rate)) : 100;
        var frame = new Clip([], 1, height, width, 3, milliseconds);

        var arguments = new List<string> { "-v", "error", "-nostdin" };
        var filters = new List<string>(options.IsAsPublished ? [] : DisplayConversion.Deinterlacing(info.Stored));
        var before = info.LacksIndex && options.Start is TimeSpan late
            ? (late < MaxKeyframeInterval || options.FromBeginning || info.IsRaw ? late : MaxKeyframeInterval) : TimeSpan.Zero;
        if (requested is not null || before > TimeSpan.Zero)
        {
            // The image on screen at the start may have appeared much earlier, so decode from the key frame and select frames by time.
            arguments.Add("-noaccurate_seek");
            filters.Add(requested is null ? $"trim=start={Number(before.TotalSeconds)}" : $"fps={Number(rate)}:start_time={Number(before.TotalSeconds)}");
            if (options.Duration is TimeSpan length)
            {
                filters.Add($"trim=end={Number((before + length).TotalSeconds)}");
            }
        }
        else if (options.Duration is TimeSpan duration)
        {
            arguments.AddRange(["-t", Number(duration.TotalSeconds)]);
        }
        if (options.IsAsStored || !info.IsTurned)
        {
            // If the size of frames changes, filters would restart at second 0. The scale filter accepts size changes; filters that rotate do not.
            arguments.AddRange(["-noautorotate", "-reinit_filter", "0"]);
        }

        if (options.Start is TimeSpan start && !info.IsRaw)
        {
            arguments.AddRange(["-ss", Number((start - before).TotalSeconds)]);
        }

        var colors = options.IsAsPublished ? DisplayConversion.AsPublished(width, height) : DisplayConversion.Colors(info, width, height);
        arguments.AddRange([.. options.IsAsPublished ? [] : DisplayConversion.Decoder(info.Stored), .. FFmpeg.Input(path), "-map", $"0:{info.Stream}"]);
        var fill = Math.Min(int.MaxValue - 1, requested is null ? int.MaxValue : FreeFrames + (FileStamp.Of(path)?.Length ?? 0));
        arguments.AddRange(
        [
            "-frames:v", (options.MaxFrames ?? fill + 1).ToString(CultureInfo.InvariantCulture),
            "-vf", string.Join(',', [.. filters, .. colors, "setsar=1", "format=rgb24"]),
            .. FFmpeg.KeepFrames(), "-f", "rawvideo", "pipe:1",
        ]);
        var frames = Run(program, path, arguments, output => read(output, frame), options, cancellationToken);
        return frames <= fill || options.MaxFrames is not null ? frame
            : throw MediaErrors.Corrupt(path, $"its timestamps have gaps that would take more than {fill} frames to fill");
    }

    /// <summary>Runs ffmpeg, and returns the number of frames that a function read from its output.</summary>
    private static long Run(
        string program, string path, List<string> arguments, Func<Stream, long> read, ReadOptions options, CancellationToken cancellationToken)
    {
        var frames = 0L;
        var complaint = FFmpegProcess.Run(program, path, arguments, read: output => frames = read(output), cancellationToken: cancellationToken);
        if (complaint is not null)
        {
            options.Complained?.Invoke(complaint);
        }

        return frames;
    }

    /// <summary>Returns the rate to read a video of uneven frames at; <c>null</c> if its rate is unknown.</summary>
    private static double? EvenRate(VideoInfo info) =>
        info.FramesPerSecond <= 0 ? null : info.Frames is null ? Math.Min(info.FramesPerSecond, MaxEvenRate) : info.FramesPerSecond;

    /// <summary>
    /// Writes MP4 files that every player supports, with 4:2:0 subsampling, even sizes (padded with black), and colors converted to and tagged as BT.709.
    /// </summary>
    /// <param name="output">Receives the file.</param>
    /// <param name="path">File name for messages.</param>
    public static void WriteMp4(Stream output, string path, Clip clip, string? comment, CancellationToken cancellationToken)
    {
        // ffmpeg seeks while writing MP4, which a pipe does not support.
        using var folder = PrivateTempFolder.Create("mp4");
        var file = Path.Combine(folder.Path, "clip.mp4");
        WriteMp4(file, path, clip, comment, cancellationToken);
        using var made = File.OpenRead(file);
        made.CopyTo(output);
    }

    private static void WriteMp4(string target, string path, Clip clip, string? comment, CancellationToken cancellationToken)
    {
        var rgb = Resample.ToChannels(clip, 3);
        string[] arguments =
        [
            "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", $"{clip.Width}x{clip.Height}",
            "-framerate", Rate(clip.FrameMilliseconds), "-i", "pipe:0",
            "-vf", $"pad=ceil(iw/2)*2:ceil(ih/2)*2,scale=out_color_matrix=bt709:out_range=tv:{DisplayConversion.ScaleFlags},format=yuv420p",
            .. FFmpeg.VideoEncoder(),
            "-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv",
            "-movflags", "+faststart", .. comment == null ? [] : (string[])["-metadata", "comment=" + comment],
            "-f", "mp4", "file:" + target,
        ];
        FFmpegProcess.Run(FFmpeg.Find(), path, arguments,
            feed: input => input.Write(rgb.Pixels), cancellationToken: cancellationToken);
    }

    /// <summary>Returns the frame rate for a frame duration; an integer rate if its duration rounds to these milliseconds.</summary>
    private static string Rate(int milliseconds)
    {
        var whole = milliseconds == 17 ? 60 : Math.Max(1, (int)Math.Round(1000.0 / milliseconds));
        return (int)Math.Round(1000.0 / whole) == milliseconds ? $"{whole}" : $"1000/{milliseconds}";
    }

    private static byte[] ReadFrames(Stream output, string path, int frameLength)
    {
        var pixels = new byte[Math.Max(frameLength, 1 << 16)];
        var length = 0;
        for (int read; (read = output.Read(pixels, length, pixels.Length - length)) > 0;)
        {
            length += read;
            if (length < pixels.Length)
            {
                continue;
            }

            if (length >= MediaLimits.DecodedBytes)
            {
                throw MediaErrors.TooLarge(path, length, MediaLimits.DecodedBytes);
            }

            Array.Resize(ref pixels, (int)Math.Min(MediaLimits.DecodedBytes, 2L * length));
        }
        Array.Resize(ref pixels, length / frameLength * frameLength);
        return pixels;
    }

    private static string Number(double value) => value.ToString("0.######", CultureInfo.InvariantCulture);
}
