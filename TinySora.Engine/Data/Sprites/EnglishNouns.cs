namespace TinySora.Engine.Data.Sprites;

/// <summary>Articles and plurals of English nouns.</summary>
internal static class EnglishNouns
{
    /// <summary>Plurals that do not follow a rule. The keys are the last words of nouns.</summary>
    private static readonly Dictionary<string, string> Irregular = new(StringComparer.OrdinalIgnoreCase)
    {
        ["child"] = "children", ["die"] = "dice", ["foot"] = "feet", ["goose"] = "geese", ["man"] = "men", ["mouse"] = "mice", ["ox"] = "oxen",
        ["person"] = "people", ["tooth"] = "teeth", ["woman"] = "women", ["snowman"] = "snowmen", ["fireman"] = "firemen", ["postman"] = "postmen",
        ["calf"] = "calves", ["half"] = "halves", ["knife"] = "knives", ["leaf"] = "leaves", ["life"] = "lives", ["loaf"] = "loaves", ["scarf"] = "scarves",
        ["shelf"] = "shelves", ["thief"] = "thieves", ["wolf"] = "wolves", ["elf"] = "elves", ["potato"] = "potatoes", ["tomato"] = "tomatoes",
        ["hero"] = "heroes", ["volcano"] = "volcanoes", ["mango"] = "mangoes", ["buffalo"] = "buffaloes", ["bison"] = "bison", ["deer"] = "deer",
        ["fish"] = "fish", ["moose"] = "moose", ["sheep"] = "sheep", ["aircraft"] = "aircraft", ["spacecraft"] = "spacecraft", ["quiz"] = "quizzes",
    };

    /// <summary>First letters of words that begin with a vowel letter but a consonant sound.</summary>
    private static readonly string[] LikeConsonants = ["eu", "ewe", "one", "ufo", "uni", "usb", "use", "ute"];

    /// <summary>First letters of words with a silent h.</summary>
    private static readonly string[] LikeVowels = ["heir", "hono", "honest", "hour"];

    /// <summary>Puts "a" or "an" before a phrase.</summary>
    public static string WithArticle(string phrase)
    {
        var hasVowel = phrase.Length > 0 && "aeiou".Contains(char.ToLowerInvariant(phrase[0]))
            ? !Starts(LikeConsonants) || Starts(["unim", "unin"]) : Starts(LikeVowels);
        return $"{(hasVowel ? "an" : "a")} {phrase}";

        bool Starts(string[] beginnings) => Array.Exists(beginnings, beginning => phrase.StartsWith(beginning, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>Returns the plural of a noun of one or more words, such as "bunches of grapes" for "bunch of grapes".</summary>
    public static string Plural(string noun)
    {
        var of = noun.IndexOf(" of ", StringComparison.Ordinal);
        if (of > 0)
        {
            return Plural(noun[..of]) + noun[of..];
        }

        var start = noun.LastIndexOf(' ') + 1;
        return noun[..start] + PluralOfWord(noun[start..]);
    }

    private static string PluralOfWord(string word)
    {
        if (Irregular.TryGetValue(word, out var plural))
        {
            return plural;
        }

        var lower = word.ToLowerInvariant();
        var isAfterConsonant = lower.Length > 1 && !"aeiou".Contains(lower[^2]);
        return lower switch
        {
            [.., 's' or 'x' or 'z'] or [.., 'c' or 's', 'h'] => word + "es",
            [.., 'y'] when isAfterConsonant => word[..^1] + "ies",
            _ => word + "s",
        };
    }
}
