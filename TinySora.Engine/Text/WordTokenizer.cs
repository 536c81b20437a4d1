using System.Text.Json;
using System.Text.RegularExpressions;

namespace TinySora.Engine.Text;

/// <summary>
/// Lower-case words and punctuation marks to numbers, with a vocabulary taken from the training captions. 0 pads, 1 stands for
/// every unknown word.
/// </summary>
public sealed partial class WordTokenizer
{
    public const int Padding = PaddedTokens.Padding;
    public const int Unknown = 1;

    /// <summary>The most words of a vocabulary and of a caption; rarer words become unknown, and longer captions are cut.</summary>
    public const int MaxVocabulary = 8192;
    public const int MaxLength = 64;

    private const int Reserved = 2;

    /// <summary>What the JSON of earlier versions has for each half of an emoji, which were two words there.</summary>
    private const string HalfSign = "\uFFFD";

    private readonly string[] words;
    private readonly Dictionary<string, int> ids;

    private WordTokenizer(string[] words)
    {
        this.words = words;
        ids = words.Select((word, i) => (word, id: i + Reserved)).Where(p => p.word != HalfSign).ToDictionary(p => p.word, p => p.id);
    }

    /// <summary>The words in the order of their ids.</summary>
    public IReadOnlyList<string> Vocabulary => words;

    /// <summary>Number of ids.</summary>
    public int Count => words.Length + Reserved;

    /// <summary>The words of all captions, the most frequent first and alphabetically among equals.</summary>
    public static WordTokenizer FromCaptions(IEnumerable<string?> captions) => new WordTokenizer([]).With(captions);

    /// <summary>This vocabulary with the new words of other captions after its own, whose ids stay.</summary>
    public WordTokenizer With(IEnumerable<string?> captions) => new(
        [.. words.Concat(captions
            .SelectMany(caption => Words(caption ?? ""))
            .Where(word => !ids.ContainsKey(word))
            .GroupBy(word => word, StringComparer.Ordinal)
            .OrderByDescending(group => group.Count())
            .ThenBy(group => group.Key, StringComparer.Ordinal)
            .Select(group => group.Key))
            .Take(MaxVocabulary - Reserved)]);

    /// <summary>Reads a vocabulary from JSON; null where the text is none.</summary>
    public static WordTokenizer? FromJson(string json)
    {
        try
        {
            var words = JsonSerializer.Deserialize<string[]>(json);
            return words is null || words.Length > MaxVocabulary - Reserved || words.Any(string.IsNullOrEmpty)
                || words.Where(word => word != HalfSign).GroupBy(word => word, StringComparer.Ordinal).Any(group => group.Count() > 1)
                ? null
                : new WordTokenizer(words);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>The words in the order of their ids.</summary>
    public string ToJson() => JsonSerializer.Serialize(words);

    /// <returns>At most <see cref="MaxLength"/> ids.</returns>
    public int[] Encode(string? text) =>
        [.. Words(text ?? "").Take(MaxLength).Select(word => ids.GetValueOrDefault(word, Unknown))];

    /// <summary>The words of a prompt that training never saw.</summary>
    public IReadOnlyList<string> UnknownWords(string text) => 
        [.. Words(text).Where(word => char.IsLetterOrDigit(word[0]) && !ids.ContainsKey(word)).Distinct()];

    /// <summary>The words and marks of a text, in lower case.</summary>
    internal static IEnumerable<string> Words(string text) => Word().Matches(text.ToLowerInvariant()).Select(match => match.Value);

    /// <summary>A word, or one sign, which an emoji is, too, though UTF-16 has two halves for it.</summary>
    [GeneratedRegex(@"\w+|[\uD800-\uDBFF][\uDC00-\uDFFF]|[^\w\s\uD800-\uDFFF]", RegexOptions.CultureInvariant)]
    private static partial Regex Word();
}
