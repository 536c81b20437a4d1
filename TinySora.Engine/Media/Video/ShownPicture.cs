namespace TinySora.Engine.Media.Video;

/// <summary>A remark on how the pictures of a video are read.</summary>
/// <param name="Text">Completes a sentence that begins with "is" or "are".</param>
/// <param name="IsFault">Whether they are not read as a player shows them.</param>
internal sealed record PictureNote(string Text, bool IsFault);

/// <summary>
/// Makes of stored pictures what a player shows: without combs, with black behind what is transparent, and in the colours of BT.709. What the
/// installed ffmpeg cannot convert stays as it is stored, which <see cref="Notes"/> says.
/// </summary>
internal static class ShownPicture
{
    /// <summary>Options of ffmpeg's scaler: it mixes neighbours in full precision.</summary>
    public const string ScaleFlags = "flags=bilinear+accurate_rnd+full_chroma_int+full_chroma_inp";

    /// <summary>Twelve bits for each channel, which keep what brightness of HDR distinguishes, and which zscale reads.</summary>
    private const string DeepFormat = "format=yuv444p12le|gbrp12le";

    /// <summary>
    /// Brightness in linear light, 1 being the white of BT.2408 (203 cd/m2). Half of it stays as it is, and what is brighter is pressed together
    /// up to ten times white, about as BT.2390 has it.
    /// </summary>
    private const string ToneMapping =
        "zscale=transfer=linear:npl=203,format=gbrpf32le,zscale=primaries=bt709,tonemap=mobius:param=0.5:desat=0:peak=10,zscale=transfer=bt709:range=full";

    private const string GamutMapping = "zscale=primaries=bt709:transfer=bt709:matrix=gbr:range=full";

    private static string? Deinterlacer => Array.Find(["bwdif", "yadif"], FFmpeg.HasFilter);

    private static bool MapsTones => FFmpeg.HasFilter("zscale") && FFmpeg.HasFilter("tonemap");

    /// <summary>The filters that make one whole picture of the two fields of each frame; they come before any that choose frames or scale.</summary>
    public static IEnumerable<string> Deinterlacing(StoredPicture stored)
    {
        if (stored.Fields != FieldOrder.Progressive && Deinterlacer is string filter)
        {
            // The deinterlacers take one size; where that of the stream changes, the scaler before them makes it the first one.
            yield return $"scale=interl=-1:{ScaleFlags}";
            yield return filter + stored.Fields switch
            {
                FieldOrder.TopFirst => "=mode=send_frame:parity=tff:deint=all",
                FieldOrder.BottomFirst => "=mode=send_frame:parity=bff:deint=all",
                _ => "=mode=send_frame:parity=auto:deint=interlaced",
            };
        }
    }

    /// <summary>The arguments before the input that choose a decoder.</summary>
    public static IEnumerable<string> Decoder(StoredPicture stored) =>
        stored.AlphaDecoder is string decoder && FFmpeg.HasDecoder(decoder) ? ["-c:v", decoder] : [];

    /// <summary>The filters that scale, and convert to the colours of BT.709 over black.</summary>
    public static IEnumerable<string> Colours(VideoInfo info, int width, int height)
    {
        var (stored, scale) = (info.Stored, $"scale={width}:{height}:{ScaleFlags}");
        if (info.IsUntaggedHighDefinition && !stored.IsWideGamut)
        {
            yield return "setparams=colorspace=bt709";
        }

        if (stored.HasAlpha)
        {
            // Before the pixels are mixed, so that no hidden colour gets into them.
            yield return $"scale={ScaleFlags}";
            yield return "format=gbrap";
            yield return "premultiply=inplace=1";
        }

        if (!(stored.IsHighDynamicRange ? MapsTones : stored.IsWideGamut && FFmpeg.HasFilter("zscale")))
        {
            yield return scale;
            yield break;
        }

        if (stored.MissingColourTags.Length > 0)
        {
            yield return $"setparams={stored.MissingColourTags}";
        }

        yield return scale;
        yield return DeepFormat;
        yield return stored.IsHighDynamicRange ? ToneMapping : GamutMapping;
        yield return "format=gbrp";
    }

    /// <summary>The filters that convert with swscale's defaults, as OpenCV and PyAV do.</summary>
    public static IEnumerable<string> AsPublished(int width, int height) => [$"scale={width}:{height}:flags=bicubic:in_color_matrix=bt601"];

    /// <summary>What the user should know of how a video is read, each to follow a number: "2 videos are ...".</summary>
    public static IEnumerable<PictureNote> Notes(StoredPicture stored)
    {
        if (stored.Fields != FieldOrder.Progressive)
        {
            yield return Deinterlacer is string filter ? new($"interlaced and read deinterlaced ({filter})", IsFault: false)
                : new("interlaced and read with combs, because this ffmpeg has neither of the filters bwdif and yadif", IsFault: true);
        }

        if (stored.IsDolbyVisionOnly)
        {
            yield return new("in the colours of Dolby Vision profile 5 and read in wrong ones; convert them with a program for Dolby Vision", IsFault: true);
        }
        else if (stored.IsHighDynamicRange)
        {
            yield return MapsTones ? new("HDR and read tone-mapped to SDR (zscale, tonemap)", IsFault: false)
                : new("HDR and read washed out, because this ffmpeg lacks the filters zscale and tonemap; install one that has them", IsFault: true);
        }
        else if (stored.IsWideGamut && !FFmpeg.HasFilter("zscale"))
        {
            yield return new("in wide colours (BT.2020) and read pale, because this ffmpeg lacks the filter zscale; install one that has it", IsFault: true);
        }

        if (stored.AlphaDecoder is string decoder && !FFmpeg.HasDecoder(decoder))
        {
            yield return new($"partly transparent and read opaque, because this ffmpeg lacks the decoder {decoder}; install one that has it", IsFault: true);
        }
    }
}
