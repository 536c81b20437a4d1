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
