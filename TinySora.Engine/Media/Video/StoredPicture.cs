using System.Text.Json;
using System.Text.RegularExpressions;

namespace TinySora.Engine.Media.Video;

/// <summary>How the two fields of a frame follow one another.</summary>
internal enum FieldOrder
{
    /// <summary>Frames are whole pictures of one moment.</summary>
    Progressive,

    /// <summary>Each frame says whether it is interlaced, and which field comes first.</summary>
    ByFrame,

    /// <summary>The container says that all frames are interlaced, with the top field first.</summary>
    TopFirst,

    /// <summary>The container says that all frames are interlaced, with the bottom field first.</summary>
    BottomFirst,
}

/// <summary>How a video stream stores its pictures, where a player has to convert them before they can be shown.</summary>
internal sealed partial record StoredPicture
{
    /// <summary>Whether pictures have transparency, behind which any colour may be stored.</summary>
    public bool HasAlpha { get; init; }

    /// <summary>
    /// The only decoder of ffmpeg that reads the transparency: of VP8 and VP9 it is a stream of its own, which the default decoders pass over.
    /// `null` if the default decoder reads it.
    /// </summary>
    public string? AlphaDecoder { get; init; }

    /// <summary>The field order of interlaced pictures; <see cref="FieldOrder.Progressive"/> if they are not interlaced.</summary>
    public FieldOrder Fields { get; init; }

    /// <summary>Whether brightness is coded by PQ (SMPTE ST 2084) or HLG (ARIB STD-B67), which reach far beyond the white of other videos.</summary>
    public bool IsHighDynamicRange { get; init; }

    /// <summary>Whether colours have the primaries of BT.2020, which look pale when they are taken for those of BT.709.</summary>
    public bool IsWideGamut { get; init; }

    /// <summary>Whether colours are coded as only Dolby Vision profile 5 does it. ffmpeg takes them for others, mostly green and violet.</summary>
    public bool IsDolbyVisionOnly { get; init; }

    /// <summary>What the stream does not say of its colours, in the words of ffmpeg's filter setparams; empty if it says everything.</summary>
    public string MissingColourTags { get; init; } = "";

    /// <param name="answer">ffprobe's, with the first frames.</param>
    /// <param name="stream">The stream in it.</param>
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
            MissingColourTags = isWideGamut || isHighDynamicRange ? string.Join(':', missing) : "",
        };

        string Known(string name) => new[] { stream, frame }.Select(source => VideoInfo.Text(source, name))
            .FirstOrDefault(text => text is not ("" or "unknown" or "reserved"), "");
    }

    /// <param name="order">ffprobe's word for the stream: tt and tb show the top field first.</param>
    /// <param name="isFlagged">Whether the first frame is marked as interlaced, which some codecs say nowhere else.</param>
    private static FieldOrder FieldsOf(string order, bool isFlagged) => order switch
    {
        _ when isFlagged => FieldOrder.ByFrame,
        "tt" or "tb" => FieldOrder.TopFirst,
        "bb" or "bt" => FieldOrder.BottomFirst,
        _ => FieldOrder.Progressive,
    };

    /// <summary>Pixel formats with alpha, or with a palette that may have it.</summary>
    [GeneratedRegex("^(pal8|ya[0-9]|yuva|gbrap|ayuv|vuya|rgba|argb|abgr|bgra)")]
    private static partial Regex AlphaFormat();
}
