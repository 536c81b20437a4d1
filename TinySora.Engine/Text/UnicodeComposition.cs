using System.Globalization;

namespace TinySora.Engine.Text;

/// <summary>
/// Unicode normalization form C (UAX #15): sorts marks by combining class, and composes them with the preceding letter if a composed character exists.
/// .NET's own normalization has no effect without ICU, but token IDs must not depend on whether ICU is installed.
/// </summary>
internal static class UnicodeComposition
{
    /// <summary>The first combining mark; texts that contain only characters with lower code points are already normalized.</summary>
    private const char FirstMark = '\u0300';

    private static readonly Dictionary<(int Letter, int Mark), int> Pairs = [];
    private static readonly Dictionary<int, int[]> Parts = [];
    private static readonly Dictionary<int, int> Classes = [];

    static UnicodeComposition() => Read();

    public static string Compose(string text)
    {
        if (text.All(c => c < FirstMark))
        {
            return text;
        }

        var codes = text.EnumerateRunes().SelectMany(rune => Apart(rune.Value)).ToList();
        Order(codes);
        var composed = new List<int>(codes.Count);
        var (starter, last) = (-1, 0); // index of the letter, and the class of the mark after it
        foreach (var code in codes)
        {
            var own = Classes.GetValueOrDefault(code);
            if (starter >= 0 && (last < own || (last == 0 && starter == composed.Count - 1)) && Join(composed[starter], code) is int joined)
            {
                composed[starter] = joined;
                continue;
            }

            (starter, last) = own == 0 ? (composed.Count, 0) : (starter, own);
            composed.Add(code);
        }

        return string.Concat(composed.Select(char.ConvertFromUtf32));
    }

    /// <summary>Splits a character into its letter and marks. Hangul syllables remain composed, because their letters need no reordering.</summary>
    private static IEnumerable<int> Apart(int code) => Parts.TryGetValue(code, out var parts) ? parts.SelectMany(Apart) : [code];

    /// <summary>Sorts each sequence of marks by class, and keeps the order within a class.</summary>
    private static void Order(List<int> codes)
    {
        for (var start = 0; start < codes.Count; start++)
        {
            var end = start;
            while (end < codes.Count && Classes.ContainsKey(codes[end]))
            {
                end++;
            }

            if (end - start > 1)
            {
                int[] sorted = [.. codes[start..end].OrderBy(mark => Classes[mark])]; // stable
                codes.RemoveRange(start, sorted.Length);
                codes.InsertRange(start, sorted);
            }

            start = end;
        }
    }

    /// <summary>
    /// Composes two characters; <c>null</c> if they cannot be composed. The two formulas compose Hangul syllables: from two letters, and from a composed
    /// syllable and a final consonant.
    /// </summary>
    private static int? Join(int first, int second) => (first, second) switch
    {
        ( >= 0x1100 and <= 0x1112, >= 0x1161 and <= 0x1175) => 0xAC00 + ((((first - 0x1100) * 21) + second - 0x1161) * 28),
        ( >= 0xAC00 and <= 0xD7A3, >= 0x11A8 and <= 0x11C2) => (first - 0xAC00) % 28 == 0 ? first + second - 0x11A7 : null,
        _ => Pairs.TryGetValue((first, second), out var joined) ? joined : null,
    };

    /// <summary>Reads the table that tests/reference/compositions.py writes; the script describes its format.</summary>
    private static void Read()
    {
        using var reader = new StreamReader(typeof(UnicodeComposition).Assembly.GetManifestResourceStream("compositions.txt")!);
        foreach (var line in reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var (head, rest) = (line[..line.IndexOf(' ')], line[(line.IndexOf(' ') + 1)..]);
            if (head[0] == '-')
            {
                Parts.Add(Code(head[1..]), [.. rest.Split(' ').Select(Code)]);
            }
            else if (head[0] == '=')
            {
                foreach (var range in rest.Split(' ').Select(range => range.Split('-')))
                {
                    for (var code = Code(range[0]); code <= Code(range[^1]); code++)
                    {
                        Classes.Add(code, int.Parse(head[1..], CultureInfo.InvariantCulture));
                    }
                }
            }
            else
            {
                foreach (var pair in rest.EnumerateRunes().Chunk(2))
                {
                    Pairs.Add((pair[0].Value, Code(head)), pair[1].Value);
                    Parts.Add(pair[1].Value, [pair[0].Value, Code(head)]);
                }
            }
        }

        static int Code(string text) => int.Parse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
    }
}
