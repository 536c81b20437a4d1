using static System.FormattableString;

namespace TinySora.Engine.Errors;

/// <summary>Wording that errors and other messages share.</summary>
internal static class Text
{
    private const int MaxShown = 10;
    private const int LongestQuote = 60;

    /// <summary>Returns advice with the multiples of a unit that are nearest to a size, or with the smallest multiple.</summary>
    public static string DescribeNearestMultiples(long size, int unit) => size < unit ? $"Use at least {unit}."
        : $"Use {size / unit * unit} or {((size / unit) + 1) * unit}, the nearest multiples.";

    /// <summary>Formats a number of bytes in kB, MB or GB (powers of 1000).</summary>
    public static string Size(double bytes) => bytes switch
    {
        < 999.95e3 => Invariant($"{bytes / 1e3:0.0} kB"), // larger numbers would be shown as 1000.0 kB
        < 999.5e6 => Invariant($"{bytes / 1e6:0} MB"),
        _ => Invariant($"{bytes / 1e9:#,##0.0} GB"),
    };

    /// <summary>Quotes the beginning of a text from a file, without control characters that a terminal would interpret.</summary>
    public static string Quote(string text)
    {
        var start = text.Length > LongestQuote ? text[..LongestQuote] + " ..." : text;
        return $"'{string.Concat(start.Select(c => char.IsControl(c) ? ' ' : c))}'";
    }

    /// <summary>Returns a comma-separated list. If it is truncated, it ends with the number of omitted items.</summary>
    public static string JoinLimited(IReadOnlyList<string> items, int most = MaxShown) =>
        string.Join(", ", items.Take(most)) + (items.Count > most ? $" and {items.Count - most} more" : "");

    /// <summary>Returns an indented list with one item per line. After ten items it is truncated and ends with the number of omitted items.</summary>
    public static string List(IReadOnlyList<string> items)
    {
        var lines = items.Take(MaxShown).Select(item => $"\n  {item}");
        var rest = items.Count > MaxShown ? $"\n  and {items.Count - MaxShown} more" : "";
        return string.Concat(lines) + rest;
    }
}
