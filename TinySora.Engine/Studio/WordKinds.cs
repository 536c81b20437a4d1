using TinySora.Engine.Data.Worlds;

namespace TinySora.Engine.Studio;

/// <summary>Sorts the words that a model was trained on by kind (colors, things and so on), and creates an example prompt from them.</summary>
internal static class WordKinds
{
    /// <summary>Example prompt for models with a pretrained text encoder, which do not have their own vocabulary.</summary>
    private const string DefaultExample = "a red circle moving right";

    private static readonly HashSet<string> Colors =
    [
        .. ColorNames.All, .. ShapesWorld.Colors, "black", "grey", "silver", "golden", "violet", "magenta", "turquoise", "beige", "dark",
        "bright", "light",
    ];

    private static readonly HashSet<string> Directions =
    [
        "left", "right", "up", "down", "upwards", "downwards", "forward", "forwards", "backward", "backwards", "away", "clockwise", "counterclockwise",
        "slowly", "quickly", "fast", "slow", "moves", "move", "grows", "grow", "shrinks", "shrink", "turns", "turn", "runs", "run", "walks", "walk",
    ];

    /// <summary>Words that complete a motion, as in "standing still".</summary>
    private static readonly HashSet<string> Complements = ["still", "once", "around", "circles", "smaller", "bigger", "larger"];

    private static readonly HashSet<string> Numbers = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];

    private static readonly HashSet<string> Others =
    [
        "a", "an", "the", "and", "or", "of", "on", "in", "at", "by", "to", "with", "from", "over", "under", "into", "is", "are", "its", "it", "his", "her",
        "their", "some", "that", "then", "while", "as", "for", "between", "behind", "near", "next", "beside", "front", "digit", "digits", "above", "below",
        "beneath", "underneath", "after", "directly", "not", "small", "big", "large", "little", "tiny", "huge",
    ];

    private static readonly HashSet<string> NamedWithIng =
        ["king", "ring", "wing", "string", "spring", "building", "thing", "ceiling", "evening", "morning", "clothing", "wedding", "painting", "railing"];

    /// <param name="Name">Heading in the plural, such as Colors or Things.</param>
    public sealed record Group(string Name, IReadOnlyList<string> Words);

    /// <summary>Returns the words by kind, in the order in which captions use the kinds; empty kinds are omitted.</summary>
    /// <param name="words">Words of the model, most frequent first. The words of each kind keep this order.</param>
    public static IReadOnlyList<Group> Sort(IEnumerable<string> words)
    {
        var kinds = words.ToLookup(KindOf);
        return [.. Enum.GetValues<Kind>().Where(kinds.Contains).Select(kind => new Group($"{kind}", [.. kinds[kind]]))];
    }

    /// <summary>Returns a prompt that consists of the most frequent article, color, thing, motion and direction that the model was trained on.</summary>
    /// <param name="words">Words of the model, most frequent first; empty for a model without a vocabulary.</param>
    public static string Example(IReadOnlyCollection<string> words)
    {
        var kinds = words.ToLookup(KindOf);
        if (!kinds.Contains(Kind.Things))
        {
            return words.Count == 0 ? DefaultExample : string.Join(' ', words.Take(3));
        }

        var motion = kinds[Kind.Motions].FirstOrDefault(word => !Directions.Contains(word));
        string?[] phrase =
        [
            kinds[Kind.Colors].FirstOrDefault(), kinds[Kind.Things].First(), motion,
            motion == "moving" ? kinds[Kind.Motions].FirstOrDefault(Directions.Contains) : null,
        ];
        var text = string.Join(' ', phrase.OfType<string>());
        var article = "aeiou".Contains(text[0], StringComparison.Ordinal) ? "an" : "a";
        return words.Contains(article) ? $"{article} {text}" : text;
    }

    private static Kind KindOf(string word) => word switch
    {
        _ when Colors.Contains(word) => Kind.Colors,
        _ when Directions.Contains(word) || Complements.Contains(word) || IsVerb(word) => Kind.Motions,
        _ when Numbers.Contains(word) || char.IsDigit(word[0]) => Kind.Numbers,
        _ when Others.Contains(word) => Kind.Other,
        _ => Kind.Things,
    };

    private static bool IsVerb(string word) => word.Length > 4 && word.EndsWith("ing", StringComparison.Ordinal) && !NamedWithIng.Contains(word);

    private enum Kind
    {
        Colors,
        Things,
        Motions,
        Numbers,
        Other,
    }
}
