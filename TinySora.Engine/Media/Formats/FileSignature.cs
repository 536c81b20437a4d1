using System.Buffers;
using System.Text;
using TinySora.Engine.Files;

namespace TinySora.Engine.Media.Formats;

/// <summary>A file's format as recognized by its first bytes.</summary>
/// <param name="Name">Name of the format with its article, for messages.</param>
/// <param name="Extension">Extension of the format; empty if the format has several or none.</param>
internal sealed record FileSignature(string Name, string Extension)
{
    private const int BytesRead = 512;

    private static readonly FileSignature Text = new("text", "");
    private static readonly FileSignature Mp4 = new("an MP4 video", ".mp4");
    private static readonly FileSignature QuickTime = new("a QuickTime video", ".mov");
    private static readonly FileSignature Mpeg = new("an MPEG video", ".mpg");
    private static readonly FileSignature TransportStream = new("an MPEG transport stream", ".ts");
    private static readonly FileSignature Heic = new("a HEIC image", ".heic");

    /// <summary>Signatures with the offset of their bytes, checked in this order.</summary>
    private static readonly (int Offset, byte[] Bytes, FileSignature Signature)[] Known =
    [
        (0, [.. "GIF8"u8], new("a GIF", ".gif")),
        (0, [0x89, .. "PNG"u8], new("a PNG image", ".png")),
        (0, [0xFF, 0xD8, 0xFF], new("a JPEG image", ".jpg")),
        (8, [.. "WEBP"u8], new("a WebP image", ".webp")),
        (0, [.. "II*\0"u8], new("a TIFF image", ".tif")),
        (0, [.. "MM\0*"u8], new("a TIFF image", ".tif")),
        (8, [.. "AVI "u8], new("an AVI video", ".avi")),
        (8, [.. "WAVE"u8], new("an audio file", ".wav")),
        (8, [.. "avif"u8], new("an AVIF image", ".avif")),
        (8, [.. "avis"u8], new("an animated AVIF image", ".avifs")),
        (8, [.. "mif1"u8], Heic),
        (8, [.. "heic"u8], Heic),
        (8, [.. "heix"u8], Heic),
        (8, [.. "M4A "u8], new("an audio file", ".m4a")),
        (8, [.. "qt  "u8], QuickTime),
        (4, [.. "ftyp"u8], Mp4),
        (4, [.. "moov"u8], QuickTime),
        (4, [.. "mdat"u8], QuickTime),
        (4, [.. "wide"u8], QuickTime),
        (0, [0x1A, 0x45, 0xDF, 0xA3], new("a Matroska video", ".mkv")),
        (0, [.. "OggS"u8], new("an Ogg video", ".ogv")),
        (0, [.. "FLV"u8], new("a Flash video", ".flv")),
        (0, [0x30, 0x26, 0xB2, 0x75, 0x8E, 0x66, 0xCF, 0x11], new("an ASF video", ".wmv")),
        (0, [0, 0, 1, 0xBA], Mpeg),
        (0, [0, 0, 1, 0xB3], Mpeg),
        (188, [0x47], TransportStream),
        (196, [0x47], TransportStream),
        (0, [.. "YUV4MPEG2"u8], new("a YUV4MPEG video", ".y4m")),
        (0, [6, 0x0E, 0x2B, 0x34], new("an MXF video", ".mxf")),
        (0, [.. ".RMF"u8], new("a RealMedia video", ".rm")),
        (0, [.. "DKIF"u8], new("an IVF video", ".ivf")),
        (0, [.. "nut/multimedia"u8], new("a NUT video", ".nut")),
        (0, [.. "FWS"u8], new("a Flash animation", ".swf")),
        (0, [.. "CWS"u8], new("a Flash animation", ".swf")),
        (0, [.. "BIK"u8], new("a Bink video", ".bik")),
        (0, [.. "SMK"u8], new("a Smacker video", ".smk")),
        (0, [0x8A, .. "MNG"u8], new("an animated MNG image", ".mng")),
        (0, [.. "ID3"u8], new("an audio file", ".mp3")),
        (0, [.. "fLaC"u8], new("an audio file", ".flac")),
        (0, [.. "PK\x3\x4"u8], new("a zip archive", ".zip")),
        (0, [.. "Rar!"u8], new("a RAR archive", ".rar")),
        (0, [.. "7z"u8, 0xBC, 0xAF], new("a 7z archive", ".7z")),
        (0, [0x1F, 0x8B], new("a gzip archive", ".gz")),
        (0, [.. "%PDF"u8], new("a PDF document", ".pdf")),
    ];

    private static readonly SearchValues<byte> ControlBytes =
        SearchValues.Create([.. Enumerable.Range(0, 32).Where(c => c is not ('\t' or '\n' or '\r' or '\f')).Select(c => (byte)c)]);

    /// <returns><c>null</c> if the file matches its extension, has an unknown format, or cannot be read.</returns>
    public static FileSignature? OfOtherFormat(string path)
    {
        var found = OfFile(path);
        var extension = Path.GetExtension(path).ToLowerInvariant() switch
        {
            ".jpeg" => ".jpg", ".tiff" => ".tif", ".heif" => ".heic", ".apng" => ".png",
            var other => other,
        };
        var isExpected = found is null || found.Extension == extension
            || (VideoFormats.Extensions.Contains(extension) && VideoFormats.Extensions.Contains(found.Extension));
        return isExpected ? null : found;
    }

    /// <returns><c>null</c> for an unknown format or an unreadable file.</returns>
    public static FileSignature? OfFile(string path) => Of(ReadStart(path));

    /// <summary>Returns why ffmpeg rejects a video, without mentioning the whitelist of formats, which users cannot change.</summary>
    /// <param name="complaint">ffmpeg's error message.</param>
    public static string ExplainRefusal(string path, string complaint)
    {
        complaint = complaint.Replace($"file:{path}: ", "", StringComparison.Ordinal);
        var isUnlisted = complaint.Contains("not on whitelist", StringComparison.Ordinal);
        return OfOtherFormat(path) is { } other ? $"it is {other.Name}, which does not match its extension"
            : OfFile(path) is { } own ? $"it is {own.Name} that is corrupt or truncated" + (isUnlisted ? "" : $" ({complaint})")
            : isUnlisted ? "it is corrupt or truncated, or its format does not match its extension"
            : complaint;
    }

    /// <summary>
    /// Recognizes an animation in a file that looks like a still image. The result has the extension under which the animation is read as a video, or an empty
    /// one if it cannot be read; <c>null</c> if the file is not animated.
    /// </summary>
    public static FileSignature? AnimationOf(string path)
    {
        ReadOnlySpan<byte> start = ReadStart(path);
        return Of(start)?.Extension switch
        {
            ".png" when !path.EndsWith(".apng", StringComparison.OrdinalIgnoreCase) && start.IndexOf("acTL"u8) > 0 => new("an animated PNG image", ".apng"),
            ".webp" when IsAnimatedWebP(start) => new("an animated WebP image", ""),
            ".avifs" => new("an animated AVIF image", ".avifs"),
            _ => null,
        };
    }

    /// <summary>Returns whether a WebP file is animated, according to the flags that follow the name and length of the extended header.</summary>
    public static bool IsAnimatedWebP(ReadOnlySpan<byte> file) => file.Length > 20 && file[8..].StartsWith("WEBPVP8X"u8) && (file[20] & 2) != 0;

    /// <summary>Returns the format of a file that starts with these bytes; <c>null</c> if unknown.</summary>
    public static FileSignature? Of(ReadOnlySpan<byte> start)
    {
        foreach (var (offset, bytes, signature) in Known)
        {
            if (start.Length >= offset && start[offset..].StartsWith(bytes) && (signature != TransportStream || start[offset - 188] == 0x47))
            {
                return signature;
            }
        }
        if (start.IsEmpty || start.ContainsAny(ControlBytes))
        {
            return null;
        }

        var text = Encoding.Latin1.GetString(start).TrimStart();
        return text.StartsWith("<!doctype html", StringComparison.OrdinalIgnoreCase) || text.StartsWith("<html", StringComparison.OrdinalIgnoreCase)
            ? new FileSignature("a web page", ".html")
            : Text;
    }

    private static byte[] ReadStart(string path) => OnFailure.Return([], () =>
    {
        using var file = BusyFile.Open(path, followsLink: true);
        var start = new byte[BytesRead];
        return start[..file.ReadAtLeast(start, BytesRead, throwOnEndOfStream: false)];
    });
}
