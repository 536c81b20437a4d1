namespace TinySora.Engine.Media.Video;

/// <summary>A note on how the frames of a video are read.</summary>
/// <param name="Text">End of a sentence that begins with the videos and "is" or "are".</param>
/// <param name="IsFault">Whether the result differs from that of a video player.</param>
internal sealed record PictureNote(string Text, bool IsFault);

/// <summary>
/// Converts stored frames to the frames that a player shows: deinterlaced, with black behind transparent areas, and in BT.709 colors. Properties that the
/// installed ffmpeg cannot convert remain as stored, and <see cref="Notes"/> lists them.
/// </summary>
internal static class DisplayConversion
{
    /// <summary>Options of ffmpeg's scaler for interpolation in full precision.</summary>
    public const string ScaleFlags = "flags=bilinear+accurate_rnd+full_chroma_int+full_chroma_inp";

    /// <summary>Twelve bits per channel, which preserve the brightness levels of HDR and are supported by zscale.</summary>
    private const string DeepFormat = "format=yuv444p12le|gbrp12le";

    /// <summary>
    /// Tone mapping in linear light, where 1 is the white of BT.2408 (203 cd/m2). Values up to one half remain unchanged; brighter values, up to ten times
    /// white, are compressed in a way similar to BT.2390.
    /// </summary>
    private const string ToneMapping =
        "zscale=transfer=linear:npl=203,format=gbrpf32le,zscale=primaries=bt709,tonemap=mobius:param=0.5:desat=0:peak=10,zscale=transfer=bt709:range=full";

    private const string GamutMapping = "zscale=primaries=bt709:transfer=bt709:matrix=gbr:range=full";

    private static string? Deinterlacer => Array.Find(["bwdif", "yadif"], FFmpeg.HasFilter);

    private static bool MapsTones => FFmpeg.HasFilter("zscale") && FFmpeg.HasFilter("tonemap");

    /// <summary>Returns the filters that combine the two fields of each frame; they must precede filters that select frames or scale.</summary>
    public static IEnumerable<string> Deinterlacing(StoredPicture stored)
    {
        if (stored.Fields != FieldOrder.Progressive && Deinterlacer is string filter)
        {
            // Deinterlacers support a single size; if the stream's size changes, the scaler converts frames to the first one.
            yield return $"scale=interl=-1:{ScaleFlags}";
            yield return filter + stored.Fields switch
            {
                FieldOrder.TopFirst => "=mode=send_frame:parity=tff:deint=all",
                FieldOrder.BottomFirst => "=mode=send_frame:parity=bff:deint=all",
                _ => "=mode=send_frame:parity=auto:deint=interlaced",
            };
        }
    }

    /// <summary>Returns the arguments that choose a decoder; they must precede the input.</summary>
    public static IEnumerable<string> Decoder(StoredPicture stored) =>
        stored.AlphaDecoder is string decoder && FFmpeg.HasDecoder(decoder) ? ["-c:v", decoder] : [];

    /// <summary>Returns the filters that scale frames, and convert them to BT.709 colors over black.</summary>
    public static IEnumerable<string> Colors(VideoInfo info, int width, int height)
    {
        var (stored, scale) = (info.Stored, $"scale={width}:{height}:{ScaleFlags}");
        if (info.IsUntaggedHighDefinition && !stored.IsWideGamut)
        {
            yield return "setparams=colorspace=bt709";
        }

        if (stored.HasAlpha)
        {
            // Apply alpha before pixels are mixed, so that hidden colors do not bleed into visible pixels.
            yield return $"scale={ScaleFlags}";
            yield return "format=gbrap";
            yield return "premultiply=inplace=1";
        }

        if (!(stored.IsHighDynamicRange ? MapsTones : stored.IsWideGamut && FFmpeg.HasFilter("zscale")))
        {
            yield return scale;
            yield break;
        }

        if (stored.MissingColorTags.Length > 0)
        {
            yield return $"setparams={stored.MissingColorTags}";
        }

        yield return scale;
        yield return DeepFormat;
        yield return stored.IsHighDynamicRange ? ToneMapping : GamutMapping;
        yield return "format=gbrp";
    }

    /// <summary>Returns the filters that convert with swscale's defaults, as in OpenCV and PyAV.</summary>
    public static IEnumerable<string> AsPublished(int width, int height) => [$"scale={width}:{height}:flags=bicubic:in_color_matrix=bt601"];

    /// <summary>Returns notes for the user on how a video is read; each completes a sentence such as "2 videos are ...".</summary>
    public static IEnumerable<PictureNote> Notes(StoredPicture stored)
    {
        if (stored.Fields != FieldOrder.Progressive)
        {
            yield return Deinterlacer is string filter ? new($"interlaced and read deinterlaced ({filter})", IsFault: false)
                : new("interlaced and read with combing artifacts, because this ffmpeg has neither the filter bwdif nor yadif", IsFault: true);
        }

        if (stored.IsDolbyVisionOnly)
        {
            yield return new("in Dolby Vision profile 5 and read with wrong colors; use a program that supports Dolby Vision to convert to SDR", IsFault: true);
        }
        else if (stored.IsHighDynamicRange)
        {
            yield return MapsTones ? new("HDR and read tone-mapped to SDR (zscale, tonemap)", IsFault: false)
                : new("HDR and read washed out, because this ffmpeg lacks the filters zscale and tonemap; install one that has them", IsFault: true);
        }
        else if (stored.IsWideGamut && !FFmpeg.HasFilter("zscale"))
        {
            yield return new("wide-gamut (BT.2020) and read pale, because this ffmpeg lacks the filter zscale; install one that has it", IsFault: true);
        }

        if (stored.AlphaDecoder is string decoder && !FFmpeg.HasDecoder(decoder))
        {
            yield return new($"partly transparent and read opaque, because this ffmpeg lacks the decoder {decoder}; install one that has it", IsFault: true);
        }
    }
}
