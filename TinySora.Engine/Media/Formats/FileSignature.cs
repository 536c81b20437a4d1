using System.Buffers;
using System.Text;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;

namespace TinySora.Engine.Media.Formats;

/// <summary>What a file is by its first bytes.</summary>
/// <param name="Name">With its article, to stand in a sentence.</param>
/// <param name="Extension">Extension of files of this format; empty if there is no single one.</param>
internal sealed record FileSignature(string Name, string Extension)
{
    private const int BytesRead = 512;

    private static readonly FileSignature Text = new("text", "");
    private static readonly FileSignature Mp4 = new("an MP4 video", ".mp4");
    private static readonly FileSignature QuickTime = new("a QuickTime video", ".mov");
    private static readonly FileSignature Mpeg = new("an MPEG video", ".mpg");
    private static readonly FileSignature TransportStream = new("an MPEG transport stream", ".ts");
    private static readonly FileSignature Heic = new("a HEIC picture", ".heic");

    /// <summary>Signatures: an offset and the bytes there, sought in this order.</summary>
    private static readonly (int Offset, byte[] Bytes, FileSignature Signature)[] Known =
    [
        (0, [.. "GIF8"u8], new("a GIF", ".gif")),
        (0, [0x89, .. "PNG"u8], new("a PNG picture", ".png")),
        (0, [0xFF, 0xD8, 0xFF], new("a JPEG picture", ".jpg")),
        (8, [.. "WEBP"u8], new("a WebP picture", ".webp")),
        (0, [.. "II*\0"u8], new("a TIFF picture", ".tif")),
        (0, [.. "MM\0*"u8], new("a TIFF picture", ".tif")),
        (8, [.. "AVI "u8], new("an AVI video", ".avi")),
        (8, [.. "WAVE"u8], new("a sound", ".wav")),
        (8, [.. "avif"u8], new("an AVIF picture", ".avif")),
        (8, [.. "avis"u8], new("an animated AVIF picture", ".avifs")),
        (8, [.. "mif1"u8], Heic),
        (8, [.. "heic"u8], Heic),
        (8, [.. "heix"u8], Heic),
        (8, [.. "M4A "u8], new("a sound", ".m4a")),
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
        (0, [0x8A, .. "MNG"u8], new("an animated MNG picture", ".mng")),
        (0, [.. "ID3"u8], new("a sound", ".mp3")),
        (0, [.. "fLaC"u8], new("a sound", ".flac")),
        (0, [.. "PK\x3\x4"u8], new("a zip archive", ".zip")),
        (0, [.. "Rar!"u8], new("a RAR archive", ".rar")),
        (0, [.. "7z"u8, 0xBC, 0xAF], new("a 7z archive", ".7z")),
        (0, [0x1F, 0x8B], new("a gzip archive", ".gz")),
        (0, [.. "%PDF"u8], new("a PDF document", ".pdf")),
    ];

    private static readonly SearchValues<byte> ControlBytes =
        SearchValues.Create([.. Enumerable.Range(0, 32).Where(c => c is not ('\t' or '\n' or '\r' or '\f')).Select(c => (byte)c)]);

    /// <returns>null when the file is what its name says, as far as one can tell, or cannot be read.</returns>
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

    /// <returns>null for an unknown format, or a file that cannot be read.</returns>
    public static FileSignature? OfFile(string path) => Of(ReadStart(path));

    /// <summary>What is to be said of a video that ffmpeg refuses. Which formats it may open is no reason that a user can do anything about.</summary>
    /// <param name="complaint">ffmpeg's.</param>
    public static string WhyRefused(string path, string complaint)
    {
        complaint = complaint.Replace($"file:{path}: ", "", StringComparison.Ordinal);
        var isUnlisted = complaint.Contains("not on whitelist", StringComparison.Ordinal);
        return OfOtherFormat(path) is { } other ? $"it is {other.Name}, not what its name ends in"
            : OfFile(path) is { } own ? $"it is {own.Name} that is damaged or was cut short" + (isUnlisted ? "" : $" ({complaint})")
            : isUnlisted ? "it is damaged, was cut short, or is of another format than its name says"
            : complaint;
    }

    /// <summary>
    /// The animation in a file whose format is one of pictures, with the extension under which it is read as a video, empty if there is none; null if
    /// the file holds no animation.
    /// </summary>
    public static FileSignature? AnimationOf(string path)
    {
        ReadOnlySpan<byte> start = ReadStart(path);
        return Of(start)?.Extension switch
        {
            ".png" when !path.EndsWith(".apng", StringComparison.OrdinalIgnoreCase) && start.IndexOf("acTL"u8) > 0 => new("an animated PNG picture", ".apng"),
            ".webp" when IsAnimatedWebP(start) => new("an animated WebP picture", ""),
            ".avifs" => new("an animated AVIF picture", ".avifs"),
            _ => null,
        };
    }

    /// <summary>Whether the flags of the extended header, which come after its name and length, have the bit of an animation.</summary>
    public static bool IsAnimatedWebP(ReadOnlySpan<byte> file) => file.Length > 20 && file[8..].StartsWith("WEBPVP8X"u8) && (file[20] & 2) != 0;

    /// <summary>The format of bytes that begin a file; null for an unknown one.</summary>
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

    private static byte[] ReadStart(string path)
    {
        try
        {
            using var file = BusyFile.Open(path, followsLink: true);
            var start = new byte[BytesRead];
            return start[..file.ReadAtLeast(start, BytesRead, throwOnEndOfStream: false)];
        }
        catch (Exception e) when (FileFailure.Is(e))
        {
            return [];
        }
    }
}
