using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace TinySora.Engine.Text;

/// <summary>
/// Converts lower-case words and punctuation marks to IDs, with a vocabulary from the training captions. ID 0 is padding, and 1 is any unknown word.
/// </summary>
public sealed partial class WordTokenizer
{
    public const int Padding = PaddedTokens.Padding;
    public const int Unknown = 1;

    /// <summary>
    /// Maximum number of words in the vocabulary, followed by the maximum number in a caption; rarer words become unknown, and longer captions are truncated.
    /// </summary>
    public const int MaxVocabulary = 8192;
    public const int MaxLength = 64;

    private const int Reserved = 2;

    /// <summary>Code point of the first arrow. Symbols before it, such as the degree sign, are not emoji.</summary>
    private const int FirstSymbol = 0x2190;

    /// <summary>JSON entry that earlier versions wrote for each half of an emoji, which they split into two words.</summary>
    private const string HalfSign = "\uFFFD";

    private readonly string[] words;
    private readonly Dictionary<string, int> ids;

    private WordTokenizer(string[] words)
    {
        this.words = words;
        ids = words.Select((word, i) => (word, id: i + Reserved)).Where(p => p.word != HalfSign).ToDictionary(p => p.word, p => p.id);
    }

    /// <summary>Words in the order of their IDs.</summary>
    public IReadOnlyList<string> Vocabulary => words;

    /// <summary>Number of IDs, including reserved ones.</summary>
    public int Count => words.Length + Reserved;

    /// <summary>Creates a vocabulary from the words of all captions, in descending order of frequency, then alphabetically.</summary>
    public static WordTokenizer FromCaptions(IEnumerable<string?> captions) => new WordTokenizer([]).With(captions);

    /// <summary>Appends the new words of other captions to this vocabulary, and keeps the existing IDs.</summary>
    public WordTokenizer With(IEnumerable<string?> captions) => new(
        [.. words.Concat(captions
            .SelectMany(caption => Words(caption ?? ""))
            .Where(word => !ids.ContainsKey(word))
            .GroupBy(word => word, StringComparer.Ordinal)
            .OrderByDescending(group => group.Count())
            .ThenBy(group => group.Key, StringComparer.Ordinal)
            .Select(group => group.Key))
            .Take(MaxVocabulary - Reserved)]);

    /// <summary>Reads a vocabulary from JSON; <c>null</c> if the text is not a vocabulary.</summary>
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

    /// <summary>Serializes the words in the order of their IDs.</summary>
    public string ToJson() => JsonSerializer.Serialize(words);

    /// <returns>At most <see cref="MaxLength"/> IDs.</returns>
    public int[] Encode(string? text) =>
        [.. Words(text ?? "").Take(MaxLength).Select(word => ids.GetValueOrDefault(word, Unknown))];

    /// <summary>Returns the words of a prompt that are not in the vocabulary.</summary>
    public IReadOnlyList<string> UnknownWords(string text) => [.. Words(text).Where(word => IsWord(word) && !ids.ContainsKey(word)).Distinct()];

    /// <summary>Returns whether a token is a word or an emoji, not punctuation.</summary>
    internal static bool IsWord(string token) =>
        Rune.GetRuneAt(token, 0) is var rune
        && (Rune.IsLetterOrDigit(rune) || (rune.Value >= FirstSymbol && Rune.GetUnicodeCategory(rune) == UnicodeCategory.OtherSymbol));

    /// <summary>Returns the words and marks of a text, in lower case.</summary>
    internal static IEnumerable<string> Words(string text) => Word().Matches(text.ToLowerInvariant()).Select(match => match.Value);

    /// <summary>Matches a word or a single symbol; an emoji is one symbol although UTF-16 encodes it in two halves.</summary>
    [GeneratedRegex(@"\w+|[\uD800-\uDBFF][\uDC00-\uDFFF]|[^\w\s\uD800-\uDFFF]", RegexOptions.CultureInvariant)]
    private static partial Regex Word();
}
