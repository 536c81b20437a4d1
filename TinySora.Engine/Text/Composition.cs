using System.Globalization;
using System.Text;

namespace TinySora.Engine.Text;

/// <summary>
/// Letters and the marks that follow them as one character, as Unicode's normal form C has them. .NET's own does nothing where
/// ICU is not installed or switched off, and the ids of a text must not depend on that.
/// </summary>
internal static class Composition
{
    private static readonly Dictionary<(char Letter, char Mark), char> Pairs = Read();

    /// <summary>Marks in another order than Unicode's stay apart.</summary>
    public static string Compose(string text)
    {
        var composed = new StringBuilder(text.Length);
        foreach (var c in text)
        {
            if (composed.Length > 0 && Join(composed[^1], c) is char joined)
            {
                composed[^1] = joined;
            }
            else
            {
                composed.Append(c);
            }
        }

        return composed.ToString();
    }

    /// <summary>The two formulas are those of Hangul syllables: of two sounds, and of such a one with a final.</summary>
    private static char? Join(char first, char second) => (first, second) switch
    {
        ( >= '\u1100' and <= '\u1112', >= '\u1161' and <= '\u1175') => (char)('\uAC00' + ((first - '\u1100') * 21 + second - '\u1161') * 28),
        ( >= '\uAC00' and <= '\uD7A3', >= '\u11A8' and <= '\u11C2') => (first - '\uAC00') % 28 == 0 ? (char)(first + second - '\u11A7') : null,
        _ => Pairs.TryGetValue((first, second), out var joined) ? joined : null,
    };

    /// <summary>The table that tests/reference/compositions.py wrote: a mark, then letters and what they make with it.</summary>
    private static Dictionary<(char Letter, char Mark), char> Read()
    {
        using var reader = new StreamReader(typeof(Composition).Assembly.GetManifestResourceStream("compositions.txt")!);
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .SelectMany(line => line[5..].Chunk(2), (line, pair) =>
                (Letter: pair[0], Mark: (char)int.Parse(line[..4], NumberStyles.HexNumber, CultureInfo.InvariantCulture), Joined: pair[1]))
            .ToDictionary(item => (item.Letter, item.Mark), item => item.Joined);
    }
}
