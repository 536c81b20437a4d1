using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using TinySora.Engine.Errors;

namespace TinySora.Engine.Text;

/// <summary>A part of a text, and the weight of that part's words in the mean over the text; the default weight is 1.</summary>
public readonly record struct TextPart(string Text, float Weight);

/// <summary>
/// A text whose parts have weights. In a prompt, <c>(words:1.4)</c> sets the weight of the words inside, and nested weights multiply; parentheses that do not
/// end in a colon and a number are ordinary text. A backslash makes a parenthesis literal.
/// </summary>
public sealed partial class WeightedText : IEquatable<WeightedText>
{
    /// <summary>
    /// Maximum weight. A greater number is rejected, because it is probably a typo, such as 14 for 1.4, or not meant as a weight, such as 12:30.
    /// </summary>
    public const float MaxWeight = 10;

    private WeightedText(IReadOnlyList<TextPart> parts) => Parts = parts;

    /// <summary>Parts of the text. There is at least one, and adjacent parts differ in weight.</summary>
    public IReadOnlyList<TextPart> Parts { get; }

    /// <summary>The text without its weights.</summary>
    public string Text => string.Concat(Parts.Select(part => part.Text));

    public bool IsBlank => Parts.All(part => string.IsNullOrWhiteSpace(part.Text));

    /// <summary>Whether the text contains anything besides punctuation: a letter, a digit or an emoji.</summary>
    public bool HasWords => Text.EnumerateRunes().Any(
        rune => Rune.IsLetter(rune) || Rune.IsNumber(rune) || Rune.GetUnicodeCategory(rune) == UnicodeCategory.OtherSymbol);

    public bool HasWeights => Parts.Any(part => part.Weight != 1);

    /// <summary>Creates a text from a caption, in which parentheses have no special meaning.</summary>
    public static WeightedText Literal(string? text) => new([new TextPart(text ?? "", 1)]);

    /// <summary>Rejects texts with weights, for encoders that do not support them.</summary>
    /// <param name="taker">Name of the encoder output that the model uses instead of a mean over words, for the message.</param>
    /// <exception cref="TinySoraException">TinySora.Model.WeightsNeedMean.</exception>
    internal static void ThrowIfWeighted(IEnumerable<WeightedText> texts, string taker)
    {
        if (texts.FirstOrDefault(text => text.HasWeights) is WeightedText weighted)
        {
            throw ModelErrors.WeightsNeedMean(weighted.Text, taker);
        }
    }

    /// <summary>Parses a prompt as written by a user.</summary>
    /// <exception cref="TinySoraException">TinySora.Generation.UnpairedParenthesis, BadWeight.</exception>
    public static WeightedText Parse(string? prompt)
    {
        var parts = new List<TextPart>();
        var open = new Stack<(int Position, int FirstPart)>();
        var run = new StringBuilder();
        for (var i = 0; i < prompt?.Length; i++)
        {
            switch (prompt[i])
            {
                case '\\' when i + 1 < prompt.Length && prompt[i + 1] is '(' or ')' or '\\':
                    run.Append(prompt[++i]);
                    break;
                case '(':
                    EndRun();
                    open.Push((i, parts.Count));
                    break;
                case ')':
                    var (start, first) = open.Count > 0 ? open.Pop() : throw GenerationErrors.UnpairedParenthesis(prompt, i);
                    if (TakeWeight(run, prompt, start) is float weight)
                    {
                        EndRun();
                        for (var k = first; k < parts.Count; k++)
                        {
                            parts[k] = parts[k] with { Weight = parts[k].Weight * weight };
                        }
                    }
                    else
                    {
                        parts.Insert(first, new TextPart("(", 1));
                        run.Append(')');
                    }

                    break;
                default:
                    run.Append(prompt[i]);
                    break;
            }
        }

        EndRun();
        return open.Count == 0 ? new WeightedText(Merge(parts)) : throw GenerationErrors.UnpairedParenthesis(prompt!, open.Pop().Position);

        void EndRun()
        {
            parts.Add(new TextPart(run.ToString(), 1));
            run.Clear();
        }
    }

    /// <summary>Escapes a text, so that a prompt contains it literally.</summary>
    public static string Escape(string text) => text
        .Replace("\\", "\\\\", StringComparison.Ordinal)
        .Replace("(", "\\(", StringComparison.Ordinal)
        .Replace(")", "\\)", StringComparison.Ordinal);

    /// <summary>Removes the backslashes with which <see cref="Escape"/> makes a text literal.</summary>
    internal static string Unescape(string prompt) => Escaped().Replace(prompt, "$1");

    public bool Equals(WeightedText? other) => other is not null && Parts.SequenceEqual(other.Parts);

    public override bool Equals(object? obj) => Equals(obj as WeightedText);

    public override int GetHashCode() => Parts.Aggregate(0, HashCode.Combine);

    /// <summary>Removes <c>:number</c> from the end of the text in a parenthesis, and returns the number; <c>null</c> if there is none.</summary>
    private static float? TakeWeight(StringBuilder inside, string prompt, int start)
    {
        var text = inside.ToString();
        var colon = text.LastIndexOf(':');
        var number = text[(colon + 1)..].Trim();
        if (colon < 0 || !number.Any(char.IsAsciiDigit) || !number.All(c => char.IsAsciiDigit(c) || c is '.' or ',' or '-' or '+'))
        {
            return null;
        }

        inside.Length = colon;
        return float.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var weight) && weight <= MaxWeight
            ? weight
            : throw GenerationErrors.BadWeight(prompt, number, start, MaxWeight);
    }

    /// <summary>Matches an escaped character.</summary>
    [GeneratedRegex(@"\\([()\\])")]
    private static partial Regex Escaped();

    /// <summary>Joins adjacent parts of equal weight, so that (un:1)able becomes the word unable.</summary>
    private static List<TextPart> Merge(List<TextPart> parts)
    {
        var merged = new List<TextPart>();
        foreach (var part in parts.Where(part => part.Text.Length > 0))
        {
            if (merged.Count > 0 && merged[^1].Weight == part.Weight)
            {
                merged[^1] = part with { Text = merged[^1].Text + part.Text };
            }
            else
            {
                merged.Add(part);
            }
        }

        return merged.Count > 0 ? merged : [new TextPart("", 1)];
    }
}
