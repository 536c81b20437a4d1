using System.Globalization;
using System.Text;

namespace TinySora.Engine.Text;

/// <summary>
/// BERT's case-sensitive tokenizer, which splits each word and punctuation mark into the longest pieces in the vocabulary, with <c>##</c> before every piece
/// except the first (Devlin et al. 2019; Wu et al. 2016).
/// </summary>
public sealed class WordPieceTokenizer
{
    /// <summary>Maximum length of a word to look up, in code points, as in Hugging Face's tokenizer.</summary>
    private const int LongestWord = 100;

    /// <summary>Pieces that a vocabulary must contain in addition to [PAD], the first piece.</summary>
    public static readonly IReadOnlyList<string> SpecialPieces = ["[CLS]", "[SEP]", "[UNK]"];

    private readonly Dictionary<string, int> ids;
    private readonly int maxLength;
    private readonly int start;
    private readonly int end;
    private readonly int unknown;

    /// <param name="vocabulary">Pieces in the order of their IDs, starting with [PAD].</param>
    /// <param name="maxLength">Maximum sequence length, including [CLS] and [SEP]; longer texts are truncated.</param>
    /// <exception cref="KeyNotFoundException">A special piece is missing.</exception>
    public WordPieceTokenizer(IReadOnlyList<string> vocabulary, int maxLength)
    {
        ids = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < vocabulary.Count; i++)
        {
            ids[vocabulary[i]] = i;
        }

        this.maxLength = maxLength;
        (start, end, unknown) = (ids[SpecialPieces[0]], ids[SpecialPieces[1]], ids[SpecialPieces[2]]);
    }

    /// <returns>The IDs of [CLS], the pieces and [SEP].</returns>
    public Token[] Encode(WeightedText text)
    {
        var pieces = text.Parts.SelectMany(part => Words(part.Text).SelectMany(Pieces).Select(id => new Token(id, part.Weight)));
        return [new Token(start, 1), .. pieces.Take(maxLength - 2), new Token(end, 1)];
    }

    private List<int> Pieces(string word)
    {
        if (word.EnumerateRunes().Count() > LongestWord)
        {
            return [unknown];
        }

        var pieces = new List<int>();
        for (var begin = 0; begin < word.Length;)
        {
            var stop = word.Length;
            int id;
            while (!ids.TryGetValue(begin == 0 ? word[..stop] : "##" + word[begin..stop], out id))
            {
                if (--stop == begin)
                {
                    return [unknown];
                }
            }

            pieces.Add(id);
            begin = stop;
        }

        return pieces;
    }

    private static string[] Words(string text)
    {
        var spaced = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            if (IsSpace(rune))
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

    /// <summary>Returns whether a character separates words. Other control characters, such as a vertical tab, are removed without separating words.</summary>
    private static bool IsSpace(Rune rune) => rune.Value is '\t' or '\n' or '\r' || Rune.GetUnicodeCategory(rune)
        is UnicodeCategory.SpaceSeparator or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;

    /// <summary>Returns whether a character is Unicode punctuation, or a visible ASCII character other than a letter or digit.</summary>
    private static bool IsPunctuation(Rune rune) =>
        Rune.IsPunctuation(rune) || (rune.Value is > 32 and < 127 && !Rune.IsLetterOrDigit(rune));

    private static bool IsIdeograph(int code) => code is
        (>= 0x4E00 and <= 0x9FFF) or (>= 0x3400 and <= 0x4DBF) or (>= 0x20000 and <= 0x2A6DF)
        or (>= 0x2A700 and <= 0x2CEAF) or (>= 0xF900 and <= 0xFAFF) or (>= 0x2F800 and <= 0x2FA1F);
}
