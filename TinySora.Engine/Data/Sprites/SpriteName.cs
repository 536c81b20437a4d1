using System.Text.RegularExpressions;
using TinySora.Engine.Data.Captions;

namespace TinySora.Engine.Data.Sprites;

/// <summary>The words for a picture.</summary>
/// <param name="Noun">Singular without article, such as "fire truck".</param>
/// <param name="Plural">Plural of <paramref name="Noun"/>.</param>
/// <param name="Synonyms">Other singulars, which captions use as well.</param>
public sealed partial record SpriteName(string Noun, string Plural, IReadOnlyList<string> Synonyms)
{
    /// <summary>All singulars, each with its plural. The first is <see cref="Noun"/>.</summary>
    internal IReadOnlyList<(string Singular, string Plural)> Words { get; } =
        [(Noun, Plural), .. Synonyms.Select(synonym => (synonym, EnglishNouns.Plural(synonym)))];

    /// <summary>
    /// Derives the name of a picture from its file name, such as "fire truck" from fire-truck.png, and "cat" from "cat (2).png", as file managers number files
    /// with the same name.
    /// </summary>
    internal static SpriteName FromFile(string path)
    {
        var name = Number().Replace(CaptionTable.Composed(Path.GetFileNameWithoutExtension(path)), "");
        var noun = string.Join(' ', name.Split(['-', '_', ' '], StringSplitOptions.RemoveEmptyEntries));
        return new SpriteName(noun, EnglishNouns.Plural(noun), []);
    }

    [GeneratedRegex(@"(?<=.)\s*\(\d+\)$")]
    private static partial Regex Number();
}
