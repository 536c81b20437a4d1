using System.Globalization;
using System.Text;

namespace TinySora.Engine.Text;

/// <summary>
/// BERT's tokenizer with case kept: words and punctuation marks, each split into the longest pieces that the vocabulary has,
/// later pieces marked by <c>##</c> (Devlin et al. 2019; Wu et al. 2016).
/// </summary>
public sealed class WordPieceTokenizer
{
    private const int LongestWord = 100;

    private readonly Dictionary<string, int> _ids;
    private readonly int _maxLength;
    private readonly int _start;
    private readonly int _end;
    private readonly int _unknown;

    /// <param name="vocabulary">Pieces in the order of their ids, the first one being [PAD].</param>
    /// <param name="maxLength">Longest sequence, [CLS] and [SEP] included; longer texts are cut.</param>
    /// <exception cref="KeyNotFoundException">A special piece is missing.</exception>
    public WordPieceTokenizer(IReadOnlyList<string> vocabulary, int maxLength)
    {
        _ids = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < vocabulary.Count; i++)
        {
            _ids[vocabulary[i]] = i;
        }

        _maxLength = maxLength;
        (_start, _end, _unknown) = (_ids["[CLS]"], _ids["[SEP]"], _ids["[UNK]"]);
    }

    /// <returns>[CLS] pieces [SEP].</returns>
    public int[] Encode(string text) => [_start, .. Words(text).SelectMany(Pieces).Take(_maxLength - 2), _end];

    private List<int> Pieces(string word)
    {
        if (word.Length > LongestWord)
        {
            return [_unknown];
        }

        var pieces = new List<int>();
        for (var begin = 0; begin < word.Length;)
        {
            var end = word.Length;
            int id;
            while (!_ids.TryGetValue(begin == 0 ? word[..end] : "##" + word[begin..end], out id))
            {
                if (--end == begin)
                {
                    return [_unknown];
                }
            }

            pieces.Add(id);
            begin = end;
        }

        return pieces;
    }

    private static string[] Words(string text)
    {
        var spaced = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            if (Rune.IsWhiteSpace(rune))
            {
                spaced.Append(' ');
            }
            else if (IsPunctuation(rune) || IsIdeograph(rune.Value))
            {
                spaced.Append(' ').Append(rune.ToString()).Append(' ');
            }
            else if (rune != Rune.ReplacementChar
                && Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format))
            {
                spaced.Append(rune.ToString());
            }
        }

        return spaced.ToString().Split(' ', StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>Unicode's punctuation, and all of ASCII that is neither letter nor digit.</summary>
    private static bool IsPunctuation(Rune rune) =>
        Rune.IsPunctuation(rune) || (rune.Value is > 32 and < 127 && !Rune.IsLetterOrDigit(rune));

    private static bool IsIdeograph(int code) => code is
        (>= 0x4E00 and <= 0x9FFF) or (>= 0x3400 and <= 0x4DBF) or (>= 0x20000 and <= 0x2CEAF)
        or (>= 0xF900 and <= 0xFAFF) or (>= 0x2F800 and <= 0x2FA1F);
}
