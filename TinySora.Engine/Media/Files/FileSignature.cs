using System.Buffers;
using System.Text;
using TinySora.Engine.Errors;
using TinySora.Engine.Interop;

namespace TinySora.Engine.Media.Files;

/// <summary>What a file is by its first bytes, where its name says something else.</summary>
/// <param name="Name">With its article, to stand in a sentence.</param>
/// <param name="Extension">What a file of this format is called; empty where there is no single one.</param>
internal sealed record FileSignature(string Name, string Extension)
{
    private const int BytesRead = 512;

    private static readonly FileSignature Text = new("text", "");

    /// <summary>Signatures: an offset and the bytes there, sought in this order.</summary>
    private static readonly (int Offset, byte[] Bytes, FileSignature Signature)[] Known =
    [
        (0, [.. "GIF8"u8], new("a GIF", ".gif")),
        (0, [0x89, .. "PNG"u8], new("a PNG picture", ".png")),
        (0, [0xFF, 0xD8, 0xFF], new("a JPEG picture", ".jpg")),
        (8, [.. "WEBP"u8], new("a WebP picture", ".webp")),
        (8, [.. "AVI "u8], new("an AVI video", ".avi")),
        (4, [.. "ftyp"u8], new("an MP4 video", ".mp4")),
        (0, [0x1A, 0x45, 0xDF, 0xA3], new("a Matroska video", ".mkv")),
        (0, [.. "OggS"u8], new("an Ogg video", ".ogv")),
        (0, [.. "PK\x3\x4"u8], new("a zip archive", ".zip")),
        (0, [.. "%PDF"u8], new("a PDF document", ".pdf")),
    ];

    private static readonly SearchValues<byte> ControlBytes =
        SearchValues.Create([.. Enumerable.Range(0, 32).Where(c => c is not ('\t' or '\n' or '\r' or '\f')).Select(c => (byte)c)]);

    /// <returns>null when the file is what its name says, as far as one can tell, or cannot be read.</returns>
    public static FileSignature? OfOtherFormat(string path)
    {
        var found = Of(ReadStart(path));
        var expected = found == null
            || (ClipFile.IsVideo(path) ? ClipFile.IsVideo(found.Extension) : ClipFile.IsGif(path) && found.Extension == ".gif");
        return expected ? null : found;
    }

    private static FileSignature? Of(ReadOnlySpan<byte> start)
    {
        foreach (var (offset, bytes, signature) in Known)
        {
            if (start.Length >= offset && start[offset..].StartsWith(bytes))
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
            using var file = RegularFile.Open(path, followsLink: true);
            var start = new byte[BytesRead];
            return start[..file.ReadAtLeast(start, BytesRead, throwOnEndOfStream: false)];
        }
        catch (Exception e) when (FileFailure.Is(e))
        {
            return [];
        }
    }
}
