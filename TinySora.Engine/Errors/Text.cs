namespace TinySora.Engine.Errors;

/// <summary>Wording shared by the catalogues.</summary>
internal static class Text
{
    private const int MostShown = 10;
    private const int LongestQuote = 60;

    /// <summary>Says the multiples on both sides of a size that is none, or the first.</summary>
    public static string Nearest(long size, int unit) => size < unit ? $"The smallest is {unit}."
        : $"The nearest are {size / unit * unit} and {((size / unit) + 1) * unit}.";

    /// <summary>A text out of a file in quotes: its beginning, and nothing that a terminal would obey.</summary>
    public static string Quote(string text)
    {
        var start = text.Length > LongestQuote ? text[..LongestQuote] + " ..." : text;
        return $"'{string.Concat(start.Select(c => char.IsControl(c) ? ' ' : c))}'";
    }

    /// <summary>A list in a sentence, cut with the number left out.</summary>
    public static string Some(IReadOnlyList<string> items, int most = MostShown) =>
        string.Join(", ", items.Take(most)) + (items.Count > most ? $" and {items.Count - most} more" : "");

    /// <summary>An indented list, one line each, cut after ten with the number left out.</summary>
    public static string List(IReadOnlyList<string> items)
    {
        var lines = items.Take(MostShown).Select(item => $"\n  {item}");
        var rest = items.Count > MostShown ? $"\n  and {items.Count - MostShown} more" : "";
        return string.Concat(lines) + rest;
    }
}
