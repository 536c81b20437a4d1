using System.Globalization;
using System.Text.Json;

namespace TinySora.Engine.Media.Video;

/// <summary>Properties of a video stream as displayed, after rotation and with square pixels.</summary>
/// <param name="Frames">Number of frames; <c>null</c> if the container does not record it.</param>
/// <param name="FramesPerSecond">Average frame rate; 0 if unknown.</param>
/// <param name="Duration">Duration of the video; <c>null</c> if unknown.</param>
public sealed record VideoInfo(int Width, int Height, int? Frames, double FramesPerSecond, TimeSpan? Duration)
{
    /// <summary>Maximum width and height in displayed pixels; ffmpeg itself decodes sides up to 32768.</summary>
    private const int LongestSide = 1 << 17;

    /// <summary>Maximum duration in seconds, about 30 years; a longer one is treated as invalid.</summary>
    private const double LongestSeconds = 1e9;

    /// <summary>Whether a high-definition video does not specify its color matrix; players then assume BT.709, but ffmpeg assumes BT.601.</summary>
    internal bool IsUntaggedHighDefinition { get; init; }

    /// <summary>Frame rate at which every frame has its own time: above the average if the rate varies, as in videos from phones.</summary>
    internal double MaxFramesPerSecond { get; init; }

    /// <summary>Whether the file specifies a rotation or mirroring, even one that has no effect.</summary>
    internal bool IsTurned { get; init; }

    /// <summary>Whether width and height are swapped because of a quarter turn.</summary>
    internal bool IsQuarterTurned { get; init; }

    /// <summary>Width and height in stored pixels, after rotation; stored pixels may not be square.</summary>
    internal (int Width, int Height) Pixels { get; init; } = (Width, Height);

    /// <summary>Index of the stream in the file.</summary>
    internal int Stream { get; init; }

    /// <summary>Whether <see cref="Duration"/> is that of the video stream; otherwise it is that of the file's longest stream, which may be audio.</summary>
    internal bool HasOwnDuration { get; init; }

    /// <summary>Properties of stored frames that players must convert for display.</summary>
    internal StoredPicture Stored { get; init; } = new();

    /// <summary>Whether reading must start at the beginning, because the container has no index and seeking often lands after the last key frame.</summary>
    internal bool LacksIndex { get; init; }

    /// <summary>Whether the file is a raw stream without timestamps, in which ffmpeg cannot seek at all.</summary>
    internal bool IsRaw { get; init; }

    /// <summary>Returns the properties of the video stream that players show: the first stream marked as default, or else the first stream.</summary>
    /// <param name="answer">ffprobe's output.</param>
    /// <returns><c>null</c> if the file has no video stream, or its video stream has an implausible size.</returns>
    internal static VideoInfo? FromProbe(JsonElement answer)
    {
        if (!answer.TryGetProperty("streams", out var streams) || streams.GetArrayLength() == 0)
        {
            return null;
        }

        var stream = streams.EnumerateArray().FirstOrDefault(IsDefault, streams[0]);
        int width = (int)Number(stream, "width"), height = (int)Number(stream, "height");
        if (width < 1 || height < 1)
        {
            return null;
        }

        var isUntagged = Text(stream, "color_space") is "" or "unknown"
            && Text(stream, "pix_fmt").StartsWith("yuv", StringComparison.Ordinal);
        var isHighDefinition = width >= 1280 || height > 576;
        var pixels = (Width: width, Height: height);
        var aspect = Ratio(Text(stream, "sample_aspect_ratio"), ':');
        if (aspect > 0)
        {
            width = Math.Max(1, (int)Math.Round(width * aspect));
        }
        if (width > LongestSide || height > LongestSide)
        {
            return null;
        }

        var rotation = Rotation(stream);
        var isOnItsSide = rotation is 90 or -90 or 270 or -270;
        if (isOnItsSide)
        {
            (width, height) = (height, width);
            pixels = (pixels.Height, pixels.Width);
        }

        double average = Ratio(Text(stream, "avg_frame_rate"), '/'), basic = Ratio(Text(stream, "r_frame_rate"), '/');
        var format = answer.TryGetProperty("format", out var found) ? found : default;
        var formatName = Text(format, "format_name");
        double frames = Number(stream, "nb_frames"), own = OwnSeconds(stream), seconds = own > 0 ? own : Number(format, "duration");

        // ffmpeg reduces the duration of a truncated AVI file, but not its number of frames.
        seconds = formatName == "avi" && average > 0 ? Math.Max(seconds, frames / average) : seconds;

        return new VideoInfo(width, height, frames > 0 ? (int)frames : null, average == 0 ? basic : average,
            seconds is > 0 and < LongestSeconds ? TimeSpan.FromSeconds(seconds) : null)
        {
            IsUntaggedHighDefinition = isUntagged && isHighDefinition,
            IsTurned = rotation is not null,
            IsQuarterTurned = isOnItsSide,
            Pixels = pixels,
            Stream = (int)Math.Clamp(Number(stream, "index"), 0, short.MaxValue),
            HasOwnDuration = own > 0 && formatName != "asf", // ffmpeg reports the file's duration for every stream of ASF
            Stored = StoredPicture.FromProbe(answer, stream),
            MaxFramesPerSecond = average == 0 || basic > 1.01 * average ? basic : average,
            LacksIndex = formatName is "mpegts" or "mpeg" or "h264" or "hevc",
            IsRaw = formatName is "h264" or "hevc",
        };
    }

    /// <summary>
    /// Returns the rotation in degrees from side data, or from the tag that older ffmpeg versions report; <c>null</c> if there is none. A value of 0 may
    /// indicate mirroring.
    /// </summary>
    private static int? Rotation(JsonElement stream)
    {
        if (stream.TryGetProperty("side_data_list", out var list))
        {
            foreach (var item in list.EnumerateArray())
            {
                if (Text(item, "rotation") is { Length: > 0 } rotation)
                {
                    return (int)Number(rotation);
                }
            }
        }
        return stream.TryGetProperty("tags", out var tags) && Text(tags, "rotate") is { Length: > 0 } rotate ? (int)Number(rotate) : null;
    }

    private static bool IsDefault(JsonElement stream) =>
        stream.TryGetProperty("disposition", out var disposition) && Number(disposition, "default") == 1;

    /// <summary>Returns the duration of the stream in seconds, which Matroska stores in a tag; 0 if unknown.</summary>
    private static double OwnSeconds(JsonElement stream)
    {
        if (Number(stream, "duration") > 0 || !stream.TryGetProperty("tags", out var tags) || tags.ValueKind != JsonValueKind.Object)
        {
            return Number(stream, "duration");
        }

        // The value is like 00:00:05.003000000; older muxers append the language to the tag's name.
        var duration = tags.EnumerateObject().FirstOrDefault(tag => tag.Name.StartsWith("DURATION", StringComparison.OrdinalIgnoreCase)).Value;
        var parts = duration.ValueKind == JsonValueKind.String ? duration.GetString()!.Split(':') : [];
        return parts.Length == 3 ? (3600 * Number(parts[0])) + (60 * Number(parts[1])) + Number(parts[2]) : 0;
    }

    /// <summary>Returns a property as text; empty if it is missing.</summary>
    internal static string Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) ? value.ToString() : "";

    /// <summary>Returns a property as a number; 0 if it is missing or not a number.</summary>
    internal static double Number(JsonElement element, string name) => Number(Text(element, name));

    private static double Number(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number : 0;

    private static double Ratio(string text, char separator)
    {
        var parts = text.Split(separator);
        var divisor = parts.Length == 2 ? Number(parts[1]) : 0;
        var ratio = divisor == 0 ? 0 : Number(parts[0]) / divisor;
        return double.IsFinite(ratio) ? ratio : 0;
    }
}
