using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace TinySora.Engine.Files;

/// <summary>File names, without folder and extension, that every common file system takes.</summary>
internal static partial class PlainName
{
    /// <summary>Maximum number of UTF-16 characters.</summary>
    private const int MaxCharacters = 80;

    /// <summary>Maximum length in bytes of UTF-8: most file systems take 255, of which a number, a suffix and the extension need some.</summary>
    private const int MaxBytes = 200;

    /// <summary>A name made of letters, their marks and digits of every script, dots, dashes and underscores, which stand for all other characters.</summary>
    /// <returns>Empty if nothing of the text is left.</returns>
    public static string Of(string text)
    {
        var kept = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            kept.Append(Rune.IsLetterOrDigit(rune) || IsMark(rune) || rune.Value is '.' or '-' or '_' ? rune.ToString() : "_");
        }

        return Safe(Cut(kept.ToString().Normalize()).Trim('.', '_', '-'));
    }

    /// <summary>Whether a name is not too long.</summary>
    public static bool Fits(string name) => name.Length <= MaxCharacters && Encoding.UTF8.GetByteCount(name) <= MaxBytes;

    /// <summary>The beginning of a text that fits into a name.</summary>
    public static string Cut(string text)
    {
        var length = 0;
        foreach (var rune in text.EnumerateRunes().TakeWhile(rune => Fits(text[..(length + rune.Utf16SequenceLength)])))
        {
            length += rune.Utf16SequenceLength;
        }

        return text[..length];
    }

    /// <summary>A name that is not taken: the one given, or the first of it with a number from 2 on; it is taken then.</summary>
    /// <param name="separator">Stands before the number.</param>
    public static string Unique(string name, ISet<string> taken, char separator)
    {
        var free = name;
        for (var number = 2; !taken.Add(free); number++)
        {
            free = $"{name}{separator}{number}";
        }

        return free;
    }

    /// <summary>A name that is not one of Windows' devices.</summary>
    public static string Safe(string name) => Reserved().Replace(name, "${1}_$3");

    /// <summary>Whether Windows takes a name for a device, whatever extension follows: what is written to nul.gif is gone.</summary>
    public static bool IsReserved(string name) => Reserved().IsMatch(name);

    /// <summary>Whether a character belongs to the letter before it.</summary>
    public static bool IsMark(Rune rune) => Rune.GetUnicodeCategory(rune)
        is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark;

    [GeneratedRegex(@"^(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])\s*(\.|$)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Reserved();
}
