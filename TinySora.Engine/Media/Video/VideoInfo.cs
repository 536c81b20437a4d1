using System.Globalization;
using System.Text.Json;

namespace TinySora.Engine.Media.Video;

/// <summary>A video stream as it is shown: after rotation, with square pixels.</summary>
/// <param name="Frames">Null where the container does not count them.</param>
/// <param name="FramesPerSecond">On average; 0 if the file does not tell.</param>
/// <param name="Duration">Null if the file does not tell.</param>
public sealed record VideoInfo(int Width, int Height, int? Frames, double FramesPerSecond, TimeSpan? Duration)
{
    /// <summary>Maximum width and height in pixels as shown; ffmpeg itself decodes sides of up to 32768.</summary>
    private const int LongestSide = 1 << 17;

    /// <summary>Maximum duration in seconds, some 30 years; a longer one is not taken as true.</summary>
    private const double LongestSeconds = 1e9;

    /// <summary>
    /// A picture of high definition that does not say by which matrix its colours were coded: players take BT.709 then, ffmpeg
    /// BT.601.
    /// </summary>
    internal bool IsUntaggedHighDefinition { get; init; }

    /// <summary>Frames do not follow one another at one rate, as in what a phone or a screen recorder made.</summary>
    internal bool IsUneven { get; init; }

    /// <summary>The file says how pictures are to be turned or mirrored, be it not at all.</summary>
    internal bool IsTurned { get; init; }

    /// <summary>Width and height are those of the picture after a quarter turn.</summary>
    internal bool IsOnItsSide { get; init; }

    /// <summary>Width and height in stored pixels, which need not be square; after rotation.</summary>
    internal (int Width, int Height) Pixels { get; init; } = (Width, Height);

    /// <summary>Index of the stream in the file.</summary>
    internal int Stream { get; init; }

    /// <summary>Whether <see cref="Duration"/> is that of the stream; otherwise it is that of the longest stream of the file, which may be its sound.</summary>
    internal bool HasOwnDuration { get; init; }

    /// <summary>How the stream stores what a player converts before it is shown.</summary>
    internal StoredPicture Stored { get; init; } = new();

    /// <summary>Reading cannot begin in the middle: the container has no index, and what is found is often behind the last key frame.</summary>
    internal bool LacksIndex { get; init; }

    /// <summary>Describes the video stream that players show: the first that is marked as the default, or else the first.</summary>
    /// <param name="answer">ffprobe's.</param>
    /// <returns><c>null</c> if the file has no video stream, or one whose size is absurd.</returns>
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
        var format = answer.TryGetProperty("format", out var told) ? told : default;
        var formatName = Text(format, "format_name");
        double frames = Number(stream, "nb_frames"), own = OwnSeconds(stream), seconds = own > 0 ? own : Number(format, "duration");

        return new VideoInfo(width, height, frames > 0 ? (int)frames : null, average == 0 ? basic : average,
            seconds is > 0 and < LongestSeconds ? TimeSpan.FromSeconds(seconds) : null)
        {
            IsUntaggedHighDefinition = isUntagged && isHighDefinition,
            IsTurned = rotation is not null,
            IsOnItsSide = isOnItsSide,
            Pixels = pixels,
            Stream = (int)Math.Clamp(Number(stream, "index"), 0, short.MaxValue),
            HasOwnDuration = own > 0 && formatName != "asf", // of ASF ffmpeg gives every stream the length of the file
            Stored = StoredPicture.FromProbe(answer, stream),
            IsUneven = average > 0 && Math.Abs(average - basic) > 0.01 * average,
            LacksIndex = formatName is "mpegts" or "mpeg",
        };
    }

    /// <summary>Degrees; in side data today, in a tag from older versions. null: nothing is said of it; 0 may be a mirror.</summary>
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

    /// <summary>Seconds that the stream itself lasts; Matroska has them in a tag. 0 if the file does not tell.</summary>
    private static double OwnSeconds(JsonElement stream)
    {
        if (Number(stream, "duration") > 0 || !stream.TryGetProperty("tags", out var tags) || tags.ValueKind != JsonValueKind.Object)
        {
            return Number(stream, "duration");
        }

        // As 00:00:05.003000000, and with the language behind the name in files of older muxers.
        var told = tags.EnumerateObject().FirstOrDefault(tag => tag.Name.StartsWith("DURATION", StringComparison.OrdinalIgnoreCase)).Value;
        var parts = told.ValueKind == JsonValueKind.String ? told.GetString()!.Split(':') : [];
        return parts.Length == 3 ? (3600 * Number(parts[0])) + (60 * Number(parts[1])) + Number(parts[2]) : 0;
    }

    /// <summary>A property as text; empty if it is missing.</summary>
    internal static string Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) ? value.ToString() : "";

    /// <summary>A property as a number; 0 if it is missing or none.</summary>
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
