namespace TinySora.Engine.Errors;

/// <summary>Wording shared by the catalogs.</summary>
internal static class Text
{
    private const int MostShown = 10;
    private const int LongestQuote = 60;

    /// <summary>Returns advice with the multiples next to a size that is not a multiple, or with the smallest.</summary>
    public static string DescribeNearestMultiples(long size, int unit) => size < unit ? $"The smallest is {unit}."
        : $"The nearest are {size / unit * unit} and {((size / unit) + 1) * unit}.";

    /// <summary>Quotes text from a file: its beginning, without control characters that a terminal would interpret.</summary>
    public static string Quote(string text)
    {
        var start = text.Length > LongestQuote ? text[..LongestQuote] + " ..." : text;
        return $"'{string.Concat(start.Select(c => char.IsControl(c) ? ' ' : c))}'";
    }

    /// <summary>Returns a comma-separated list, truncated with the number of omitted items.</summary>
    public static string JoinLimited(IReadOnlyList<string> items, int most = MostShown) =>
        string.Join(", ", items.Take(most)) + (items.Count > most ? $" and {items.Count - most} more" : "");

    /// <summary>Returns an indented list with one line per item, truncated after ten with the number of omitted items.</summary>
    public static string List(IReadOnlyList<string> items)
    {
        var lines = items.Take(MostShown).Select(item => $"\n  {item}");
        var rest = items.Count > MostShown ? $"\n  and {items.Count - MostShown} more" : "";
        return string.Concat(lines) + rest;
    }
}
