using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using TinySora.Engine.Text;

namespace TinySora.Engine.Generation;

/// <summary>File names made of prompts, without folder, number and ending.</summary>
internal static partial class PromptName
{
    /// <summary>Names end with a whole word before this many characters.</summary>
    public const int MostCharacters = 80;

    /// <summary>The longest name in bytes of UTF-8: most file systems take 255, of which a number, _remade and the ending need some.</summary>
    public const int MostBytes = 200;

    /// <summary>All words in lower case, joined by an underscore: letters, their marks and digits of every script.</summary>
    public static string AllWords(string? prompt)
    {
        var words = Words(WeightedText.Parse(prompt).Text);
        var name = words.Length == 0 ? "" : Cut(words[0]);
        foreach (var word in words.Skip(1).TakeWhile(word => Fits($"{name}_{word}")))
        {
            name += "_" + word;
        }

        return Safe(name);
    }

    /// <summary>The name that the original gives a video: the first words, without characters outside [A-Za-z0-9_].</summary>
    public static string FirstWords(string? prompt, int count)
    {
        var words = WeightedText.Parse(prompt).Text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Take(count);
        var name = Cut(NotAscii().Replace(string.Join('_', words), "").ToLowerInvariant());
        return Safe(name.Trim('_').Length == 0 ? "" : name);
    }

    /// <summary>Whether Windows takes a name for a device, whatever ending follows: what is written to nul.gif is gone.</summary>
    public static bool IsReserved(string name) => Reserved().IsMatch(name);

    private static bool Fits(string name) => name.Length <= MostCharacters && Encoding.UTF8.GetByteCount(name) <= MostBytes;

    /// <summary>The beginning of a long text without spaces, such as a whole sentence can be, that fits into a name.</summary>
    private static string Cut(string text)
    {
        var length = 0;
        foreach (var rune in text.EnumerateRunes().TakeWhile(rune => Fits(text[..(length + rune.Utf16SequenceLength)])))
        {
            length += rune.Utf16SequenceLength;
        }

        return text[..length];
    }

    private static string Safe(string name) => name.Length == 0 ? "video" : IsReserved(name) ? name + "_" : name;

    private static string[] Words(string text)
    {
        var kept = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            if (Rune.IsLetterOrDigit(rune) || (IsMark(rune) && kept.Length > 0 && kept[^1] != ' '))
            {
                kept.Append(rune);
            }
            else if (rune.Value is not ('\'' or '’'))
            {
                kept.Append(' ');
            }
        }

        return kept.ToString().Normalize().ToLowerInvariant().Split(' ', StringSplitOptions.RemoveEmptyEntries);
    }

    private static bool IsMark(Rune rune) => Rune.GetUnicodeCategory(rune)
        is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark;

    [GeneratedRegex(@"^(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])\s*(\.|$)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Reserved();

    [GeneratedRegex("[^A-Za-z0-9_]")]
    private static partial Regex NotAscii();
}
