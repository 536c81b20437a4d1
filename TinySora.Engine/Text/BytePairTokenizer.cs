using System.Text;

namespace TinySora.Engine.Text;

/// <summary>
/// CLIP's tokenizer, which splits lower-case words into UTF-8 bytes and merges the most frequent pairs (Radford et al. 2019; Sennrich et al. 2016). Case and
/// white space are ignored, and any text can be encoded. Like Hugging Face's tokenizer, this one does not repair mojibake or HTML as OpenAI's code does.
/// </summary>
public sealed class BytePairTokenizer
{
    private const string StartPiece = "<|startoftext|>";
    private const string EndPiece = "<|endoftext|>";

    /// <summary>Suffix that marks the last piece of a word.</summary>
    private const string WordEnd = "</w>";

    /// <summary>Maximum number of pieces that are not produced by a merge: the start piece, the end piece, and pieces added by a model's authors.</summary>
    private const int MaxForeign = 1024;

    /// <summary>Pieces that are never split or joined with the text after them.</summary>
    private static readonly string[] FixedWords = [StartPiece, EndPiece, "'s", "'t", "'re", "'ve", "'m", "'ll", "'d"];

    /// <summary>Printable character for each byte: its Latin-1 character if that is printable, otherwise the next free character above 255.</summary>
    private static readonly string[] ByteLetters = Letters();

    private readonly IReadOnlyDictionary<string, int> ids;
    private readonly Dictionary<(string First, string Second), int> ranks = [];
    private readonly int maxLength;

    /// <param name="vocabulary">IDs of all pieces: each byte (both inside and at the end of a word), and the result of each merge.</param>
    /// <param name="merges">Lines with two pieces each, starting with the most frequent pair; a line with the file's version is skipped.</param>
    /// <param name="maxLength">Maximum sequence length, including the start and end pieces; longer texts are truncated.</param>
    /// <exception cref="InvalidDataException">A piece has no ID, a line is not a pair, or too many pieces do not result from a merge.</exception>
    public BytePairTokenizer(IReadOnlyDictionary<string, int> vocabulary, IEnumerable<string> merges, int maxLength)
    {
        (ids, this.maxLength) = (vocabulary, maxLength);
        foreach (var line in merges.Where(line => line.Length > 0 && !line.StartsWith("#version", StringComparison.Ordinal)))
        {
            ranks.TryAdd(
                line.Split(' ') is [var first, var second] ? (first, second)
                    : throw new InvalidDataException($"the merge '{line}' is not a pair of pieces"),
                ranks.Count);
        }

        // With a truncated merges file, all words whose merges are missing would be split.
        if (ranks.Count + MaxForeign < ids.Count - (2 * ByteLetters.Length))
        {
            throw new InvalidDataException($"{ranks.Count} merges are too few for the {ids.Count} pieces in the vocabulary");
        }

        var pieces = ByteLetters.Concat(ByteLetters.Select(letter => letter + WordEnd))
            .Concat(ranks.Keys.Select(pair => pair.First + pair.Second)).Append(StartPiece).Append(EndPiece);
        if (pieces.FirstOrDefault(piece => !ids.ContainsKey(piece)) is string missing)
        {
            throw new InvalidDataException($"the vocabulary lacks '{missing}'");
        }
    }

    /// <summary>ID of the end piece.</summary>
    public int End => ids[EndPiece];

    /// <summary>All lines of the vocabulary and merges, which determine the IDs.</summary>
    internal IEnumerable<string> Lines => ids.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key} {pair.Value}")
        .Concat(ranks.OrderBy(pair => pair.Value).Select(pair => $"{pair.Key.First} {pair.Key.Second}"));

    /// <returns>The IDs of the start piece, the text's pieces and the end piece.</returns>
    public int[] Encode(string text) =>
        [ids[StartPiece], .. Words(text).SelectMany(Pieces).Select(piece => ids[piece]).Take(maxLength - 2), End];

    private IReadOnlyList<string> Pieces(string word)
    {
        if (word is StartPiece or EndPiece)
        {
            return [word];
        }

        var pieces = Encoding.UTF8.GetBytes(word).Select(value => ByteLetters[value]).ToList();
        pieces[^1] += WordEnd;
        while (pieces.Zip(pieces.Skip(1)).Where(ranks.ContainsKey).Distinct().ToList() is { Count: > 0 } pairs)
        {
            var best = pairs.MinBy(pair => ranks[pair]);
            for (var i = 0; i + 1 < pieces.Count; i++)
            {
                if ((pieces[i], pieces[i + 1]) == best)
                {
                    pieces[i] += pieces[i + 1];
                    pieces.RemoveAt(i + 1);
                }
            }
        }

        return pieces;
    }

    /// <summary>Splits a text into fixed words, sequences of letters, single digits, and sequences of other characters.</summary>
    private static IEnumerable<string> Words(string text)
    {
        // EnumerateRunes turns half a surrogate pair into the replacement character. İ has no single-character lower case.
        text = UnicodeComposition.Compose(string.Concat(text.EnumerateRunes())).Replace("İ", "i\u0307", StringComparison.Ordinal).ToLowerInvariant();
        for (var i = 0; i < text.Length;)
        {
            var start = i;
            var kind = KindAt(text, i);
            if (FixedWords.FirstOrDefault(word => string.CompareOrdinal(text, start, word, 0, word.Length) == 0) is string fixedWord)
            {
                i += fixedWord.Length;
            }
            else
            {
                do
                {
                    i += Rune.GetRuneAt(text, i).Utf16SequenceLength;
                }
                while (kind is Kind.Letter or Kind.Other && i < text.Length && KindAt(text, i) == kind);
            }

            if (kind != Kind.Space)
            {
                yield return text[start..i];
            }
        }
    }

    private static Kind KindAt(string text, int index) => Rune.GetRuneAt(text, index) switch
    {
        var rune when Rune.IsLetter(rune) => Kind.Letter,
        var rune when Rune.IsNumber(rune) => Kind.Number,
        var rune when Rune.IsWhiteSpace(rune) => Kind.Space,
        _ => Kind.Other,
    };

    private static string[] Letters()
    {
        var next = 256;
        return [.. Enumerable.Range(0, 256).Select(value =>
            ((char)(value is (>= '!' and <= '~') or (>= '¡' and <= '¬') or (>= '®' and <= 'ÿ') ? value : next++)).ToString())];
    }

    private enum Kind
    {
        Letter,
        Number,
        Space,
        Other,
    }
}
