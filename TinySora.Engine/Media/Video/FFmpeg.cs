using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;

namespace TinySora.Engine.Media.Video;

/// <summary>Finds the installed ffmpeg and its capabilities.</summary>
public static partial class FFmpeg
{
    /// <summary>Minimum fraction of the declared frames and duration that an intact file contains.</summary>
    private const double MinPresent = 0.95;

    // Cache only successful results: if ffmpeg is missing, it may be installed later.
    private static readonly Lazy<string> Version = new(() => Ask("-version"), LazyThreadSafetyMode.PublicationOnly);
    private static readonly Lazy<string> Encoders = new(() => Ask("-encoders"), LazyThreadSafetyMode.PublicationOnly);
    private static readonly Lazy<string> Decoders = new(() => Ask("-decoders"), LazyThreadSafetyMode.PublicationOnly);
    private static readonly Lazy<string> Filters = new(() => Ask("-filters"), LazyThreadSafetyMode.PublicationOnly);

    /// <summary>Returns the path of ffmpeg.</summary>
    /// <exception cref="TinySoraException">TinySora.Media.FFmpegMissing.</exception>
    public static string Find() => Find("ffmpeg", Environment.GetEnvironmentVariable("PATH"));

    /// <summary>Reads the properties of the video stream that players show; some properties are stored only in the first frames.</summary>
    /// <exception cref="TinySoraException">ffmpeg is missing, or the file is missing, is corrupt or has no video.</exception>
    public static VideoInfo Probe(string path, CancellationToken cancellationToken = default)
    {
        return ReadProbe(path, Entries(path,
            "stream=index,codec_name,width,height,pix_fmt,field_order,color_space,color_transfer,color_primaries,sample_aspect_ratio,avg_frame_rate,"
            + "r_frame_rate,nb_frames,duration:stream_disposition=default:stream_tags:stream_side_data=rotation,dv_profile"
            + ":frame=stream_index,interlaced_frame,color_space,color_transfer,color_primaries:format=duration,format_name",
            ["-select_streams", "V", "-read_intervals", "%+#4"], cancellationToken));
    }

    /// <summary>Parses the properties of a file's video stream from the output of ffprobe.</summary>
    internal static VideoInfo ReadProbe(string path, byte[] json) =>
        Read(path, json, VideoInfo.FromProbe) ?? throw MediaErrors.Corrupt(path, "it has no video stream of a valid size, or is truncated");

    /// <summary>Returns the time at which a truncated file (such as an interrupted download) ends; <c>null</c> if the file is complete.</summary>
    /// <param name="info">Result of <see cref="Probe"/> for the file.</param>
    /// <exception cref="TinySoraException">The errors of <see cref="Probe"/>.</exception>
    internal static TimeSpan? FindTruncation(string path, VideoInfo info, CancellationToken cancellationToken = default)
    {
        string[] streams = info.HasOwnDuration ? ["-select_streams", $"{info.Stream}"] : [];
        return info.Duration is null ? null
            : FindTruncation(path, info, Entries(path, "packet=stream_index,pts_time,duration_time", streams, cancellationToken));
    }

    /// <inheritdoc cref="FindTruncation(string, VideoInfo, CancellationToken)"/>
    /// <param name="json">ffprobe's output for the packets.</param>
    internal static TimeSpan? FindTruncation(string path, VideoInfo info, byte[] json) => Read<TimeSpan?>(path, json, answer =>
    {
        // With uneven frames, neither the frame count nor the last timestamp is sufficient by itself.
        var seconds = info.Duration!.Value.TotalSeconds;
        var frames = info.Frames ?? seconds * info.FramesPerSecond;
        var (count, end, endOfAll) = (0, 0.0, 0.0);
        foreach (var packet in answer.GetProperty("packets").EnumerateArray())
        {
            var ends = Seconds(packet, "pts_time") + Seconds(packet, "duration_time");
            endOfAll = Math.Max(endOfAll, ends);
            if (VideoInfo.Number(packet, "stream_index") == info.Stream)
            {
                (count, end) = (count + 1, Math.Max(end, ends));
            }
        }

        // If the file has a duration but the stream has none, that duration may be that of audio or subtitles, and the video may be shorter.
        var present = info.HasOwnDuration ? end : endOfAll;
        return count < MinPresent * frames && present < MinPresent * seconds ? TimeSpan.FromSeconds(end) : null;
    });

    /// <summary>
    /// Returns whether the timestamps of a stream without an index jump back or ahead, for example in videos that were concatenated with cat. Seeking by time
    /// fails in these files. If a file is read from the beginning, ffmpeg makes its timestamps continuous.
    /// </summary>
    /// <exception cref="TinySoraException">The errors of <see cref="Probe"/>.</exception>
    internal static bool TimesJump(string path, CancellationToken cancellationToken)
    {
        return Probe(path, cancellationToken) is { LacksIndex: true } info
            && TimesJump(path, Entries(path, "packet=dts_time", ["-select_streams", $"{info.Stream}"], cancellationToken));
    }

    /// <inheritdoc cref="TimesJump(string, CancellationToken)"/>
    /// <param name="json">ffprobe's output for the packets.</param>
    internal static bool TimesJump(string path, byte[] json) => Read(path, json, answer =>
    {
        // ffmpeg uses the same limits, a tenth of a second and ten seconds, to detect a new beginning.
        var times = answer.GetProperty("packets").EnumerateArray()
            .Where(packet => packet.TryGetProperty("dts_time", out _)).Select(packet => Seconds(packet, "dts_time")).ToList();
        return times.Zip(times.Skip(1), (before, after) => after - before).Any(step => step is < -0.1 or > 10);
    });

    /// <summary>Reads the container's comment; <c>null</c> if there is none.</summary>
    /// <exception cref="TinySoraException">ffmpeg is missing, or the file is missing or corrupt.</exception>
    public static string? ReadComment(string path) => ReadComment(path, Entries(path, "format_tags=comment", []));

    /// <inheritdoc cref="ReadComment(string)"/>
    /// <param name="json">ffprobe's output for the container.</param>
    internal static string? ReadComment(string path, byte[] json) => Read(path, json, answer =>
        answer.TryGetProperty("format", out var format)
            && format.TryGetProperty("tags", out var tags)
            && tags.TryGetProperty("comment", out var comment) ? comment.GetString() : null);

    /// <summary>Returns whether the installed ffmpeg was built with a decoder.</summary>
    internal static bool HasDecoder(string name) => Decoders.Value.Contains($" {name} ", StringComparison.Ordinal);

    /// <summary>Returns whether the installed ffmpeg was built with an encoder.</summary>
    internal static bool HasEncoder(string name) => Encoders.Value.Contains($" {name} ", StringComparison.Ordinal);

    /// <summary>Returns whether the installed ffmpeg was built with a filter.</summary>
    internal static bool HasFilter(string name) => Filters.Value.Contains($" {name} ", StringComparison.Ordinal);

    internal static string Find(string program, string? searchPath) => ProgramPath.Find(program, searchPath) ?? throw MediaErrors.FFmpegMissing(program);

    /// <summary>
    /// Returns the arguments for opening an untrusted file. Playlists and scripts in the file cannot make ffmpeg open other files, and the file name cannot be
    /// mistaken for an option or URL.
    /// </summary>
    internal static string[] Input(string path) =>
    [
        "-protocol_whitelist", "file,pipe",
        "-format_whitelist",
        "mov,matroska,avi,ogg,mpeg,mpegvideo,mpegts,asf,flv,mxf,dv,rm,nut,ivf,h264,hevc,m4v,yuv4mpegpipe,apng,jpeg_pipe,webp_pipe,bmp_pipe,tiff_pipe",
        .. StillFormat(path), "-i", "file:" + path,
    ];

    /// <summary>
    /// Returns the arguments that select the format of a still image. Otherwise, ffmpeg would choose a format that is not allowed for most JPEG files and for
    /// names with a pattern such as %03d.
    /// </summary>
    private static string[] StillFormat(string path) => Path.GetExtension(path).ToLowerInvariant() switch
    {
        ".jpg" or ".jpeg" => ["-f", "jpeg_pipe"],
        ".webp" => ["-f", "webp_pipe"],
        ".bmp" => ["-f", "bmp_pipe"],
        ".tif" or ".tiff" => ["-f", "tiff_pipe"],
        ".avif" or ".heic" or ".heif" => ["-f", "mov"],
        _ => [],
    };

    /// <summary>Returns the arguments that make ffmpeg output each stored frame once.</summary>
    internal static string[] KeepFrames()
    {
        // Since 5.1, -fps_mode replaces -vsync, which later versions removed; versions without a number are recent.
        var match = VersionNumber().Match(Version.Value);
        var old = match.Success && new Version(match.Groups[1].Value + "." + match.Groups[2].Value) < new Version(5, 1);
        return [old ? "-vsync" : "-fps_mode", "passthrough"];
    }

    /// <summary>
    /// Returns the arguments for encoding at visually lossless quality, in H.264 if the installed ffmpeg has an encoder for it, otherwise in MPEG-4.
    /// </summary>
    internal static string[] VideoEncoder() =>
        HasEncoder("libx264") ? ["-c:v", "libx264", "-crf", "14"]
        : HasEncoder("libopenh264") ? ["-c:v", "libopenh264", "-b:v", "4M"]
        : ["-c:v", "mpeg4", "-q:v", "2"];

    /// <summary>Runs ffprobe on a file and returns its JSON output.</summary>
    /// <param name="options">Additional options, such as the streams to select.</param>
    private static byte[] Entries(string path, string names, string[] options, CancellationToken cancellationToken = default)
    {
        MediaLimits.Check(path);
        var program = Find("ffprobe", Environment.GetEnvironmentVariable("PATH"));
        using var json = new MemoryStream();
        FFmpegProcess.Run(program, path,
            ["-v", "error", .. Input(path), .. options, "-of", "json", "-show_entries", names],
            read: output => output.CopyTo(json), cancellationToken: cancellationToken);
        return json.ToArray();
    }

    /// <summary>Parses ffprobe's output. Its texts and numbers come from the file, so any value may be missing, implausible or of the wrong type.</summary>
    /// <exception cref="TinySoraException">TinySora.Media.Corrupt: the output cannot be parsed.</exception>
    private static T Read<T>(string path, byte[] json, Func<JsonElement, T> read)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return read(document.RootElement);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw MediaErrors.Corrupt(path, "the output of ffprobe for this file cannot be parsed", e);
        }
    }

    private static double Seconds(JsonElement packet, string name) =>
        packet.TryGetProperty(name, out var text) && double.TryParse(text.GetString(), CultureInfo.InvariantCulture, out var seconds)
            && double.IsFinite(seconds) ? seconds : 0;

    private static string Ask(string question)
    {
        using var answer = new MemoryStream();
        FFmpegProcess.Run(Find(), question, ["-hide_banner", question], read: output => output.CopyTo(answer));
        return System.Text.Encoding.UTF8.GetString(answer.ToArray());
    }

    [GeneratedRegex(@"^ffmpeg version n?(\d+)\.(\d+)")]
    private static partial Regex VersionNumber();
}
