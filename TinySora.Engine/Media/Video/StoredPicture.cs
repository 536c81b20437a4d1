using System.Text.Json;
using System.Text.RegularExpressions;

namespace TinySora.Engine.Media.Video;

/// <summary>Field order of a video stream.</summary>
internal enum FieldOrder
{
    /// <summary>All frames are progressive.</summary>
    Progressive,

    /// <summary>Each frame declares whether it is interlaced, and which field is first.</summary>
    ByFrame,

    /// <summary>The container declares all frames as interlaced, top field first.</summary>
    TopFirst,

    /// <summary>The container declares all frames as interlaced, bottom field first.</summary>
    BottomFirst,
}

/// <summary>Properties of stored frames that players must convert for display.</summary>
internal sealed partial record StoredPicture
{
    /// <summary>Whether frames have transparency, which may hide any color.</summary>
    public bool HasAlpha { get; init; }

    /// <summary>
    /// Name of the only ffmpeg decoder that reads the transparency of VP8 or VP9, which is in a separate stream that the default decoders ignore. <c>null</c>
    /// if the default decoder reads it.
    /// </summary>
    public string? AlphaDecoder { get; init; }

    /// <summary>Field order of interlaced frames; <see cref="FieldOrder.Progressive"/> if they are not interlaced.</summary>
    public FieldOrder Fields { get; init; }

    /// <summary>Whether brightness is encoded by PQ (SMPTE ST 2084) or HLG (ARIB STD-B67), whose range extends far beyond the white of other videos.</summary>
    public bool IsHighDynamicRange { get; init; }

    /// <summary>Whether colors have the primaries of BT.2020; such colors look pale if they are interpreted as BT.709.</summary>
    public bool IsWideGamut { get; init; }

    /// <summary>Whether colors have the encoding of Dolby Vision profile 5, which ffmpeg misinterprets, mostly as green and violet.</summary>
    public bool IsDolbyVisionOnly { get; init; }

    /// <summary>Color properties that the stream does not specify, in the syntax of ffmpeg's setparams filter; empty if none are missing.</summary>
    public string MissingColorTags { get; init; } = "";

    /// <param name="answer">ffprobe's output, with the first frames.</param>
    /// <param name="stream">The video stream in ffprobe's output.</param>
    public static StoredPicture FromProbe(JsonElement answer, JsonElement stream)
    {
        var index = VideoInfo.Text(stream, "index");
        var frame = answer.TryGetProperty("frames", out var frames)
            ? frames.EnumerateArray().FirstOrDefault(frame => VideoInfo.Text(frame, "stream_index") == index) : default;
        string transfer = Known("color_transfer"), primaries = Known("color_primaries");
        var codec = VideoInfo.Text(stream, "codec_name");
        var alphaDecoder = codec is "vp8" or "vp9" && stream.TryGetProperty("tags", out var tags) && VideoInfo.Number(tags, "alpha_mode") == 1
            ? codec == "vp8" ? "libvpx" : "libvpx-vp9" : null;
        var isHighDynamicRange = transfer is "smpte2084" or "arib-std-b67";
        var isWideGamut = primaries == "bt2020" || (isHighDynamicRange && primaries.Length == 0);
        string[] missing =
        [
            .. primaries.Length == 0 ? (string[])["color_primaries=bt2020"] : [],
            .. transfer.Length == 0 ? (string[])["color_trc=bt709"] : [],
            .. Known("color_space").Length == 0 ? (string[])["colorspace=bt2020nc"] : [],
        ];
        return new StoredPicture
        {
            HasAlpha = alphaDecoder is not null || AlphaFormat().IsMatch(VideoInfo.Text(stream, "pix_fmt")),
            AlphaDecoder = alphaDecoder,
            Fields = FieldsOf(VideoInfo.Text(stream, "field_order"), VideoInfo.Number(frame, "interlaced_frame") == 1),
            IsHighDynamicRange = isHighDynamicRange,
            IsWideGamut = isWideGamut,
            IsDolbyVisionOnly = stream.TryGetProperty("side_data_list", out var sides)
                && sides.EnumerateArray().Any(side => VideoInfo.Number(side, "dv_profile") == 5),
            MissingColorTags = isWideGamut || isHighDynamicRange ? string.Join(':', missing) : "",
        };

        string Known(string name) => new[] { stream, frame }.Select(source => VideoInfo.Text(source, name))
            .FirstOrDefault(text => text is not ("" or "unknown" or "reserved"), "");
    }

    /// <param name="order">ffprobe's value for the stream: tt and tb show the top field first.</param>
    /// <param name="isFlagged">Whether the first frame is marked as interlaced, the only indication in some codecs.</param>
    private static FieldOrder FieldsOf(string order, bool isFlagged) => order switch
    {
        _ when isFlagged => FieldOrder.ByFrame,
        "tt" or "tb" => FieldOrder.TopFirst,
        "bb" or "bt" => FieldOrder.BottomFirst,
        _ => FieldOrder.Progressive,
    };

    /// <summary>Matches pixel formats with alpha, or with a palette that may have it.</summary>
    [GeneratedRegex("^(pal8|ya[0-9]|yuva|gbrap|ayuv|vuya|rgba|argb|abgr|bgra)")]
    private static partial Regex AlphaFormat();
}
