using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;

namespace TinySora.Engine.Media.Video;

/// <summary>The installed ffmpeg: where it is and what it can do.</summary>
public static partial class FFmpeg
{
    /// <summary>The share of its frames, and of its time, that a whole file has at least.</summary>
    private const double LeastPresent = 0.95;

    // Only answers are kept: where ffmpeg is missing it may be installed, and is looked for again.
    private static readonly Lazy<string> Version = new(() => Ask("-version"), LazyThreadSafetyMode.PublicationOnly);
    private static readonly Lazy<string> Encoders = new(() => Ask("-encoders"), LazyThreadSafetyMode.PublicationOnly);
    private static readonly Lazy<string> Decoders = new(() => Ask("-decoders"), LazyThreadSafetyMode.PublicationOnly);
    private static readonly Lazy<string> Filters = new(() => Ask("-filters"), LazyThreadSafetyMode.PublicationOnly);

    /// <summary>The path of ffmpeg.</summary>
    /// <exception cref="TinySoraException">TinySora.Media.FFmpegMissing.</exception>
    public static string Find() => Find("ffmpeg", Environment.GetEnvironmentVariable("PATH"));

    /// <summary>What the file says about the video stream that players show, and its first frames, which alone say some things.</summary>
    /// <exception cref="TinySoraException">ffmpeg is missing, or the file is absent, damaged or without video.</exception>
    public static VideoInfo Probe(string path, CancellationToken cancellationToken = default)
    {
        return ReadProbe(path, Entries(path,
            "stream=index,codec_name,width,height,pix_fmt,field_order,color_space,color_transfer,color_primaries,sample_aspect_ratio,avg_frame_rate,"
            + "r_frame_rate,nb_frames,duration:stream_disposition=default:stream_tags:stream_side_data=rotation,dv_profile"
            + ":frame=stream_index,interlaced_frame,color_space,color_transfer,color_primaries:format=duration,format_name",
            ["-select_streams", "V", "-read_intervals", "%+#4"], cancellationToken));
    }

    /// <summary>What an answer of ffprobe says about the video stream of a file.</summary>
    internal static VideoInfo ReadProbe(string path, byte[] json) =>
        Read(path, json, VideoInfo.FromProbe) ?? throw MediaErrors.Corrupt(path, "it holds no video of a size that can be shown, or was cut short");

    /// <summary>Where a file breaks off that says it is longer, as a download that was not finished; null: it does not.</summary>
    /// <param name="info">What <see cref="Probe"/> said of the file.</param>
    /// <exception cref="TinySoraException">As <see cref="Probe"/>.</exception>
    internal static TimeSpan? BreaksOffAt(string path, VideoInfo info, CancellationToken cancellationToken = default)
    {
        string[] streams = info.HasOwnDuration ? ["-select_streams", $"{info.Stream}"] : [];
        return info.Duration is null ? null
            : BreaksOffAt(path, info, Entries(path, "packet=stream_index,pts_time,duration_time", streams, cancellationToken));
    }

    /// <inheritdoc cref="BreaksOffAt(string, VideoInfo, CancellationToken)"/>
    /// <param name="json">ffprobe's answer about the packets.</param>
    internal static TimeSpan? BreaksOffAt(string path, VideoInfo info, byte[] json) => Read<TimeSpan?>(path, json, answer =>
    {
        // Of uneven frames neither their number nor the time of the last says enough.
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

        // Where only the file has a length, sound or subtitles may last as long as it says, and the picture less.
        var present = info.HasOwnDuration ? end : endOfAll;
        return count < LeastPresent * frames && present < LeastPresent * seconds ? TimeSpan.FromSeconds(end) : null;
    });

    /// <summary>
    /// Whether the times of a stream without an index go back or leap ahead, as where films were joined with cat: no place in it
    /// is found by its time. Read from the beginning, ffmpeg makes them go on from there.
    /// </summary>
    /// <exception cref="TinySoraException">As <see cref="Probe"/>.</exception>
    internal static bool TimesJump(string path, CancellationToken cancellationToken)
    {
        return Probe(path, cancellationToken) is { LacksIndex: true } info
            && TimesJump(path, Entries(path, "packet=dts_time", ["-select_streams", $"{info.Stream}"], cancellationToken));
    }

    /// <inheritdoc cref="TimesJump(string, CancellationToken)"/>
    /// <param name="json">ffprobe's answer about the packets.</param>
    internal static bool TimesJump(string path, byte[] json) => Read(path, json, answer =>
    {
        // A tenth of a second and ten seconds are what ffmpeg itself takes for a new beginning.
        var times = answer.GetProperty("packets").EnumerateArray()
            .Where(packet => packet.TryGetProperty("dts_time", out _)).Select(packet => Seconds(packet, "dts_time")).ToList();
        return times.Zip(times.Skip(1), (before, after) => after - before).Any(step => step is < -0.1 or > 10);
    });

    /// <summary>The container's comment; null if there is none.</summary>
    /// <exception cref="TinySoraException">ffmpeg is missing, or the file is absent or damaged.</exception>
    public static string? ReadComment(string path) => ReadComment(path, Entries(path, "format_tags=comment", []));

    /// <inheritdoc cref="ReadComment(string)"/>
    /// <param name="json">ffprobe's answer about the container.</param>
    internal static string? ReadComment(string path, byte[] json) => Read(path, json, answer =>
        answer.TryGetProperty("format", out var format)
            && format.TryGetProperty("tags", out var tags)
            && tags.TryGetProperty("comment", out var comment) ? comment.GetString() : null);

    /// <summary>Whether this ffmpeg was built with a decoder.</summary>
    internal static bool HasDecoder(string name) => Decoders.Value.Contains($" {name} ", StringComparison.Ordinal);

    /// <summary>Whether this ffmpeg was built with an encoder.</summary>
    internal static bool HasEncoder(string name) => Encoders.Value.Contains($" {name} ", StringComparison.Ordinal);

    /// <summary>Whether this ffmpeg was built with a filter.</summary>
    internal static bool HasFilter(string name) => Filters.Value.Contains($" {name} ", StringComparison.Ordinal);

    internal static string Find(string program, string? searchPath) => ProgramPath.Find(program, searchPath) ?? throw MediaErrors.FFmpegMissing(program);

    /// <summary>
    /// The arguments that open a file from outside: neither a playlist nor a script inside it can make ffmpeg open others,
    /// and no name is taken for an option or an address.
    /// </summary>
    internal static string[] Input(string path) =>
    [
        "-protocol_whitelist", "file,pipe",
        "-format_whitelist",
        "mov,matroska,avi,ogg,mpeg,mpegvideo,mpegts,asf,flv,mxf,dv,rm,nut,ivf,h264,hevc,m4v,yuv4mpegpipe,apng,jpeg_pipe,webp_pipe,bmp_pipe,tiff_pipe",
        "-i", "file:" + path,
    ];

    /// <summary>The arguments that make ffmpeg hand out each frame once, as it stands in the file.</summary>
    internal static string[] KeepFrames()
    {
        // Since 5.1 -fps_mode replaces -vsync, which later versions dropped; versions without a number are recent ones.
        var match = VersionNumber().Match(Version.Value);
        var old = match.Success && new Version(match.Groups[1].Value + "." + match.Groups[2].Value) < new Version(5, 1);
        return [old ? "-vsync" : "-fps_mode", "passthrough"];
    }

    /// <summary>H.264 if this ffmpeg has an encoder for it, otherwise MPEG-4, each at a quality without visible loss.</summary>
    internal static string[] VideoEncoder() =>
        HasEncoder("libx264") ? ["-c:v", "libx264", "-crf", "14"]
        : HasEncoder("libopenh264") ? ["-c:v", "libopenh264", "-b:v", "4M"]
        : ["-c:v", "mpeg4", "-q:v", "2"];

    /// <summary>What ffprobe tells of a file, as JSON.</summary>
    /// <param name="options">What else it is told, such as the streams to look at.</param>
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

    /// <summary>
    /// Reads an answer of ffprobe. Texts and numbers in it come from the file, so that any of them may be missing, of another kind or absurd.
    /// </summary>
    /// <exception cref="TinySoraException">TinySora.Media.Corrupt: the answer cannot be understood.</exception>
    private static T Read<T>(string path, byte[] json, Func<JsonElement, T> read)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return read(document.RootElement);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw MediaErrors.Corrupt(path, "what ffprobe says about it cannot be understood", e);
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
