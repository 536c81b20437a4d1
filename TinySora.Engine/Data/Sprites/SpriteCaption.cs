namespace TinySora.Engine.Data.Sprites;

/// <summary>Writes captions of a meaning, such as "a small cat jumping", "three apples are falling" or "dog following a car".</summary>
internal static class SpriteCaption
{
    /// <summary>Number of attempts to find one more caption that differs from the others.</summary>
    private const int Attempts = 20;

    /// <summary>Returns distinct captions. The first consists of the first words for everything, and the others are random paraphrases.</summary>
    /// <param name="count">Maximum number of captions.</param>
    /// <param name="nameOf">Function that returns the words for a noun.</param>
    public static IReadOnlyList<string> Write(SpriteMeaning meaning, int count, Func<string, SpriteName> nameOf, SplitMix64 random)
    {
        var captions = new List<string> { Write(meaning, nameOf, First) };
        for (var attempt = 0; attempt < Attempts && captions.Count < count; attempt++)
        {
            var caption = Write(meaning, nameOf, n => random.Below(n));
            if (!captions.Contains(caption))
            {
                captions.Add(caption);
            }
        }

        return captions;

        static int First(int n) => 0;
    }

    /// <param name="draw">Function that chooses one of n possibilities, 0 to n - 1.</param>
    private static string Write(SpriteMeaning meaning, Func<string, SpriteName> nameOf, Func<int, int> draw)
    {
        var things = Things(nameOf(meaning.Noun), meaning.Count, meaning.Size is { } size ? OneOf(SpriteWords.Sizes[size]) : null, draw);
        var verb = draw(3) < 2 ? "" : meaning.Count > 1 ? " are" : " is";
        if (meaning is { Relation: { } relation, Other: { } other })
        {
            var words = OneOf(SpriteWords.Relations[relation]);
            return $"{things}{(words == SpriteWords.And ? "" : verb)} {words} {Things(nameOf(other), 1, null, draw)}";
        }

        if (meaning.Motion is not { } motion)
        {
            return things;
        }

        var phrase = OneOf(SpriteWords.Motions[motion]);
        var speed = meaning.Speed is { } requested ? OneOf(SpriteWords.Speeds[requested]) : null;
        return speed is null ? $"{things}{verb} {phrase}"
            : speed != SpriteWords.OnlyAfter && draw(3) == 2 ? $"{things}{verb} {speed} {phrase}"
            : $"{things}{verb} {phrase} {speed}";

        string OneOf(string[] words) => words[draw(words.Length)];
    }

    private static string Things(SpriteName name, int count, string? size, Func<int, int> draw)
    {
        // Half of the captions use the first name.
        var (singular, plural) = name.Words[name.Words.Count > 1 && draw(2) == 1 ? 1 + draw(name.Words.Count - 1) : 0];
        var noun = (size is null ? "" : size + " ") + (count == 1 ? singular : plural);
        return count > 1 ? $"{SpriteWords.Counts[count - 1]} {noun}" : draw(4) < 3 ? EnglishNouns.WithArticle(noun) : noun;
    }
}
