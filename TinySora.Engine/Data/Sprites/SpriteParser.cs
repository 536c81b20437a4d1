namespace TinySora.Engine.Data.Sprites;

/// <summary>Finds the meaning of captions in a sprite world. Case, articles, and singular or plural do not matter.</summary>
public sealed class SpriteParser
{
    private static readonly string[] Articles = ["a", "an", "the"];
    private static readonly Dictionary<string, SpriteMotion> Motions = Invert(SpriteWords.Motions);
    private static readonly Dictionary<string, SpriteRelation> Relations = Invert(SpriteWords.Relations);
    private static readonly Dictionary<string, SpriteSize> Sizes = Invert(SpriteWords.Sizes);
    private static readonly Dictionary<string, SpriteSpeed> Speeds = Invert(SpriteWords.Speeds);

    private readonly Dictionary<string, string> nouns = new(StringComparer.OrdinalIgnoreCase);
    private readonly int longest;

    /// <param name="names">Names of all things in the world.</param>
    public SpriteParser(IEnumerable<SpriteName> names)
    {
        foreach (var name in names)
        {
            foreach (var (singular, plural) in name.Words)
            {
                nouns.TryAdd(singular, name.Noun);
                nouns.TryAdd(plural, name.Noun);
            }
        }

        longest = nouns.Keys.Select(noun => noun.Count(c => c == ' ') + 1).DefaultIfEmpty().Max();
    }

    /// <summary>Returns whether a caption could be from a sprite world, whatever its nouns are.</summary>
    public static bool IsSentence(string caption)
    {
        var words = Words(caption);
        return words is [var first, ..] && (Articles.Contains(first) || SpriteWords.Counts.Contains(first))
            && Enumerable.Range(2, Math.Max(0, words.Length - 2)).Any(start =>
            {
                var rest = WithoutVerb(words[start..]);
                return rest.Length > 0 && (WithMotion(new SpriteMeaning(words[1]), rest) is not null
                    || Enumerable.Range(1, Math.Max(0, rest.Length - 2)).Any(end => Articles.Contains(rest[end])
                        && Join(rest[..end]) is var phrase && Relations.ContainsKey(phrase) && !SpriteWords.SideBySide.Contains(phrase)));
            });
    }

    /// <summary>Returns the meaning of a caption or prompt; <c>null</c> if it is not a sentence of this world.</summary>
    public SpriteMeaning? Parse(string prompt)
    {
        var words = Words(prompt);
        if (TakeThings(ref words) is not { } meaning)
        {
            return null;
        }

        words = WithoutVerb(words);
        return words.Length == 0 ? meaning : WithMotion(meaning, words) ?? WithRelation(meaning, words);
    }

    private static Dictionary<string, T> Invert<T>(IReadOnlyDictionary<T, string[]> words) =>
        words.SelectMany(entry => entry.Value.Select(word => (word, entry.Key))).ToDictionary(pair => pair.word, pair => pair.Key);

    private static string[] Words(string sentence) =>
        sentence.ToLowerInvariant().TrimEnd('.', '!', ' ').Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);

    private static string[] WithoutVerb(string[] words) => words is ["is" or "are", .. var rest] ? rest : words;

    private static string Join(string[] words) => string.Join(' ', words);

    private static SpriteMeaning? WithMotion(SpriteMeaning meaning, string[] words)
    {
        SpriteSpeed? speed = null;
        if (Speeds.TryGetValue(words[0], out var before))
        {
            (speed, words) = (before, words[1..]);
        }
        else if (Speeds.TryGetValue(words[^1], out var after))
        {
            (speed, words) = (after, words[..^1]);
        }

        return Motions.TryGetValue(Join(words), out var motion) ? meaning with { Motion = motion, Speed = speed } : null;
    }

    private SpriteMeaning? WithRelation(SpriteMeaning meaning, string[] words)
    {
        for (var length = words.Length - 1; length > 0; length--)
        {
            var rest = words[length..];
            if (Relations.TryGetValue(Join(words[..length]), out var relation) && TakeThings(ref rest) is { Count: 1, Size: null } other && rest.Length == 0)
            {
                return meaning with { Relation = relation, Other = other.Noun };
            }
        }

        return null;
    }

    /// <summary>Parses an article or a count, a size word and a noun, and removes them from the words; returns <c>null</c> if there is no noun.</summary>
    private SpriteMeaning? TakeThings(ref string[] words)
    {
        var left = words;
        var count = 1;
        if (left is [var article, .. var afterArticle] && Articles.Contains(article))
        {
            left = afterArticle;
        }
        else if (left is [var first, .. var afterCount] && Array.IndexOf(SpriteWords.Counts, first) is >= 0 and var index)
        {
            (count, left) = (index + 1, afterCount);
        }

        SpriteSize? size = null;
        var noun = TakeNoun(ref left);
        if (noun is null && left is [var word, .. var afterSize] && Sizes.TryGetValue(word, out var requested))
        {
            (size, left) = (requested, afterSize);
            noun = TakeNoun(ref left);
        }

        if (noun is null)
        {
            return null;
        }

        words = left;
        return new SpriteMeaning(noun) { Count = count, Size = size };
    }

    /// <summary>Removes the longest noun from the start of the words.</summary>
    private string? TakeNoun(ref string[] words)
    {
        for (var length = Math.Min(longest, words.Length); length > 0; length--)
        {
            if (nouns.TryGetValue(Join(words[..length]), out var noun))
            {
                words = words[length..];
                return noun;
            }
        }

        return null;
    }
}
