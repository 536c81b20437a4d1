using TinySora.Engine.Errors;
using TinySora.Engine.Interop;

namespace TinySora.Engine.Data;

/// <summary>NAME.txt beside NAME.gif: the caption is its first line.</summary>
public static class CaptionFile
{
    /// <summary>A longer line is no caption, and no encoder reads so far.</summary>
    private const int LengthLimit = 10_000;

    public static string PathFor(string clipPath) => Path.ChangeExtension(clipPath, ".txt");

    /// <summary>The caption, trimmed; null when there is no file, or an empty first line. UTF-8, or what a BOM says.</summary>
    public static string? Read(string clipPath)
    {
        var path = PathFor(clipPath);
        if (!File.Exists(path))
        {
            return null;
        }

        using var reader = new StreamReader(path, detectEncodingFromByteOrderMarks: true);
        var buffer = new char[LengthLimit];
        var length = reader.ReadBlock(buffer);
        var text = buffer.AsSpan(0, length);
        var end = text.IndexOfAny('\r', '\n');
        var caption = (end < 0 ? text : text[..end]).Trim().ToString();
        return caption.Length == 0 ? null : caption;
    }

    /// <summary>Writes the caption as one line; null removes an old one, which would belong to another clip.</summary>
    public static void Write(string clipPath, string? caption)
    {
        var path = PathFor(clipPath);
        if (caption is null)
        {
            File.Delete(path);
            return;
        }

        AtomicFile.Write(path, partial => File.WriteAllText(partial, caption + "\n"), MediaErrors.CannotWrite);
    }
}
