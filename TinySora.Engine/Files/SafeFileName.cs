using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace TinySora.Engine.Files;

/// <summary>Creates file names, without folder and extension, that are valid on every common file system.</summary>
internal static partial class SafeFileName
{
    /// <summary>Maximum number of UTF-16 code units.</summary>
    private const int MaxCharacters = 80;

    /// <summary>Maximum length in UTF-8 bytes. Most file systems allow 255 bytes, which must also include a number, a suffix and the extension.</summary>
    private const int MaxBytes = 200;

    /// <summary>Returns a name with letters, marks and digits of any script, dots, dashes and underscores. Underscores replace all other characters.</summary>
    /// <returns>The name; empty if the text has no usable characters.</returns>
    public static string From(string text)
    {
        var kept = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            kept.Append(Rune.IsLetterOrDigit(rune) || IsMark(rune) || rune.Value is '.' or '-' or '_' ? rune.ToString() : "_");
        }

        return Safe(Cut(kept.ToString().Normalize()).Trim('.', '_', '-'));
    }

    /// <summary>Returns whether a name is within the maximum length.</summary>
    public static bool Fits(string name) => name.Length <= MaxCharacters && Encoding.UTF8.GetByteCount(name) <= MaxBytes;

    /// <summary>Truncates a text to the maximum length.</summary>
    public static string Cut(string text)
    {
        var length = 0;
        foreach (var rune in text.EnumerateRunes().TakeWhile(rune => Fits(text[..(length + rune.Utf16SequenceLength)])))
        {
            length += rune.Utf16SequenceLength;
        }

        return text[..length];
    }

    /// <summary>Returns the given name or, if it is taken, the name with the first free number from 2. The result is added to the taken names.</summary>
    /// <param name="separator">Separator before the number.</param>
    public static string Unique(string name, ISet<string> taken, char separator)
    {
        var free = name;
        for (var number = 2; !taken.Add(free); number++)
        {
            free = $"{name}{separator}{number}";
        }

        return free;
    }

    /// <summary>Returns the name, changed if it is a Windows device name.</summary>
    public static string Safe(string name) => Reserved().Replace(name, "${1}_$3");

    /// <summary>Returns whether a name is a Windows device name, with any extension. Anything written to nul.gif, for example, is lost.</summary>
    public static bool IsReserved(string name) => Reserved().IsMatch(name);

    /// <summary>Returns whether a character combines with the letter before it.</summary>
    public static bool IsMark(Rune rune) => Rune.GetUnicodeCategory(rune)
        is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark;

    /// <summary>Returns whether this system would write to a device instead of a file of this name.</summary>
    public static bool IsDevice(string name) => OperatingSystem.IsWindows() && IsReserved(name);

    [GeneratedRegex(@"^(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])\s*(\.|$)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Reserved();
}
