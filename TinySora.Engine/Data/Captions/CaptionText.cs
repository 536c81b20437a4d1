using System.Text;

namespace TinySora.Engine.Data.Captions;

/// <summary>The characters of captions: what a caption file can hold and its reader returns unchanged.</summary>
internal static class CaptionText
{
    /// <summary>Whether a text has characters that <see cref="Printable"/> removes.</summary>
    public static bool HasUnprintable(string text) => Printable(text).Length < text.Length;

    /// <summary>A caption on one line, as a caption file needs it: without control characters, and with single spaces between its words.</summary>
    public static string OneLine(string text) => string.Join(' ', Printable(text).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    /// <summary>
    /// A text without control characters, halves of surrogate pairs, byte order marks and U+FFFD, which stands for a character that was lost earlier.
    /// Line breaks become spaces; tabs stay.
    /// </summary>
    public static string Printable(string text)
    {
        if (!text.Any(c => char.IsControl(c) || char.IsSurrogate(c) || c >= '\uFEFF'))
        {
            return text;
        }

        var printable = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (char.IsHighSurrogate(c) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
            {
                printable.Append(c).Append(text[++i]);
            }
            else if (c != '\t' && char.IsControl(c) && char.IsWhiteSpace(c))
            {
                printable.Append(' ');
            }
            else if (c == '\t' || !(char.IsControl(c) || char.IsSurrogate(c) || c is '\uFEFF' or >= '\uFFFD'))
            {
                printable.Append(c);
            }
        }

        return printable.ToString();
    }
}
