using System.Text;

namespace TinySora.Engine.Data.Captions;

/// <summary>Cleans captions, so that a caption file can store them and its reader returns them unchanged.</summary>
internal static class CaptionText
{
    /// <summary>Returns whether <see cref="Printable"/> removes characters from a text.</summary>
    public static bool HasUnprintable(string text) => Printable(text).Length < text.Length;

    /// <summary>Returns a caption as one line for a caption file, without control characters and with single spaces between words.</summary>
    public static string OneLine(string text) => string.Join(' ', Printable(text).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    /// <summary>
    /// Removes control characters, unpaired surrogates, byte order marks, and U+FFFD, which marks a character that was lost earlier. Line breaks become
    /// spaces, and tabs are kept.
    /// </summary>
    public static string Printable(string text)
    {
        if (!text.Any(c => char.IsControl(c) || char.IsSurrogate(c) || c >= '\uFEFF'))
        {
            return text;
        }

        var printable = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes()) // an unpaired surrogate becomes U+FFFD
        {
            var isControl = rune.Value != '\t' && Rune.IsControl(rune);
            if (isControl && Rune.IsWhiteSpace(rune))
            {
                printable.Append(' ');
            }
            else if (!isControl && rune.Value is not (0xFEFF or (>= 0xFFFD and <= 0xFFFF)))
            {
                printable.Append(rune);
            }
        }

        return printable.ToString();
    }
}
