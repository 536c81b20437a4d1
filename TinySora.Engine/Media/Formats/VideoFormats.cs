namespace TinySora.Engine.Media.Formats;

/// <summary>The names of video files.</summary>
public static class VideoFormats
{
    /// <summary>The extensions of videos that ffmpeg is allowed to read, in lower case with the dot.</summary>
    public static IReadOnlyList<string> Extensions { get; } =
    [
        ".mp4", ".m4v", ".mov", ".qt", ".3gp", ".3g2", ".f4v", ".mj2", ".ismv", ".lrv", ".insv", ".avifs", // ISO and QuickTime
        ".mkv", ".mk3d", ".webm", ".avi", ".divx", ".amv", ".ogv", ".ogg", ".ogm",
        ".mpg", ".mpeg", ".mpe", ".m1v", ".m2v", ".mpv", ".mp2v", ".vob", ".vro", ".evo", ".mod",
        ".ts", ".mts", ".m2ts", ".m2t", ".tod", ".trp",
        ".wmv", ".asf", ".dvr-ms", ".flv", ".mxf", ".dv", ".rm", ".rmvb", ".nut", ".ivf", ".h264", ".264", ".avc", ".hevc", ".h265", ".265", ".y4m", ".apng",
    ];

    /// <summary>Formats of videos and animations that are not read, by their extensions.</summary>
    private static readonly Dictionary<string, string> Unread = new(StringComparer.OrdinalIgnoreCase)
    {
        [".swf"] = "a Flash animation", [".bik"] = "a Bink video", [".bk2"] = "a Bink video", [".smk"] = "a Smacker video", [".roq"] = "an id video",
        [".fli"] = "a FLIC animation", [".flc"] = "a FLIC animation", [".mng"] = "an animated MNG picture", [".wtv"] = "a Windows TV recording",
        [".braw"] = "a raw video", [".r3d"] = "a raw video", [".mlv"] = "a raw video", [".ari"] = "a raw video", [".crm"] = "a raw video",
        [".gxf"] = "a GXF video", [".nsv"] = "an NSV video", [".viv"] = "a VIVO video", [".mvi"] = "a Motion Pixels video",
        [".mjpg"] = "a Motion JPEG video", [".mjpeg"] = "a Motion JPEG video", [".vc1"] = "a VC-1 video", [".obu"] = "an AV1 video",
        [".heics"] = "an animated HEIC picture",
    };

    /// <summary>The format of a video that is not read, with its article, by the extension of its file; `null` for any other file.</summary>
    public static string? UnreadName(string path) => Unread.GetValueOrDefault(Path.GetExtension(path));
}
