namespace TinySora.Engine.Media.Formats;

/// <summary>Extensions of video files.</summary>
public static class VideoFormats
{
    /// <summary>Extensions of videos that ffmpeg may read, in lower case with the dot.</summary>
    public static IReadOnlyList<string> Extensions { get; } =
    [
        ".mp4", ".m4v", ".mov", ".qt", ".3gp", ".3g2", ".f4v", ".mj2", ".ismv", ".lrv", ".insv", ".avifs", // ISO and QuickTime
        ".mkv", ".mk3d", ".webm", ".avi", ".divx", ".amv", ".ogv", ".ogg", ".ogm",
        ".mpg", ".mpeg", ".mpe", ".m1v", ".m2v", ".mpv", ".mp2v", ".vob", ".vro", ".evo", ".mod",
        ".ts", ".mts", ".m2ts", ".m2t", ".tod", ".trp",
        ".wmv", ".asf", ".dvr-ms", ".flv", ".mxf", ".dv", ".rm", ".rmvb", ".nut", ".ivf", ".h264", ".264", ".avc", ".hevc", ".h265", ".265", ".y4m", ".apng",
    ];

    /// <summary>Unsupported formats of videos and animations, by extension.</summary>
    private static readonly Dictionary<string, string> Unread = new(StringComparer.OrdinalIgnoreCase)
    {
        [".swf"] = "a Flash animation", [".bik"] = "a Bink video", [".bk2"] = "a Bink video", [".smk"] = "a Smacker video", [".roq"] = "an id video",
        [".fli"] = "a FLIC animation", [".flc"] = "a FLIC animation", [".mng"] = "an animated MNG image", [".wtv"] = "a Windows TV recording",
        [".braw"] = "a raw video", [".r3d"] = "a raw video", [".mlv"] = "a raw video", [".ari"] = "a raw video", [".crm"] = "a raw video",
        [".gxf"] = "a GXF video", [".nsv"] = "an NSV video", [".viv"] = "a VIVO video", [".mvi"] = "a Motion Pixels video",
        [".mjpg"] = "a Motion JPEG video", [".mjpeg"] = "a Motion JPEG video", [".vc1"] = "a VC-1 video", [".obu"] = "an AV1 video",
        [".heics"] = "an animated HEIC image",
    };

    /// <summary>
    /// Returns the name, with its article, of the unsupported video format that a file's extension indicates; <c>null</c> for any other file.
    /// </summary>
    public static string? UnreadName(string path) => Unread.GetValueOrDefault(Path.GetExtension(path));
}
