using System.Text;
using System.Text.RegularExpressions;
using TinySora.Engine.Files;
using TinySora.Engine.Text;

namespace TinySora.Engine.Generation;

/// <summary>Derives file names from prompts, without folder, number and extension.</summary>
internal static partial class PromptName
{
    /// <summary>
    /// Returns as many words of the prompt as fit into a file name, in lower case and joined by underscores. Words consist of letters, combining marks and
    /// digits of any script.
    /// </summary>
    public static string AllWords(string? prompt)
    {
        var words = Words(WeightedText.Parse(prompt).Text);
        var name = words.Length == 0 ? "" : SafeFileName.Cut(words[0]);
        foreach (var word in words.Skip(1).TakeWhile(word => SafeFileName.Fits($"{name}_{word}")))
        {
            name += "_" + word;
        }

        return Safe(name);
    }

    /// <summary>Returns the name of a video as in the original project: the first words of the prompt, without characters outside [A-Za-z0-9_].</summary>
    public static string FirstWords(string? prompt, int count)
    {
        var words = WeightedText.Parse(prompt).Text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Take(count);
        var name = SafeFileName.Cut(NotAscii().Replace(string.Join('_', words), "").ToLowerInvariant());
        return Safe(name.Trim('_').Length == 0 ? "" : name);
    }

    private static string Safe(string name) => name.Length == 0 ? "video" : SafeFileName.Safe(name);

    private static string[] Words(string text)
    {
        var kept = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            if (Rune.IsLetterOrDigit(rune) || (SafeFileName.IsMark(rune) && kept.Length > 0 && kept[^1] != ' '))
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

    [GeneratedRegex("[^A-Za-z0-9_]")]
    private static partial Regex NotAscii();
}
