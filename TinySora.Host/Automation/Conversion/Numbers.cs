using System.Globalization;

namespace System.Management.Automation;

/// <summary>Numbers from texts and from other numbers.</summary>
internal static class Numbers
{
    private static readonly CultureInfo Culture = CultureInfo.InvariantCulture;

    private static readonly Dictionary<string, long> Multipliers = new(StringComparer.OrdinalIgnoreCase)
    {
        ["kb"] = 1L << 10, ["mb"] = 1L << 20, ["gb"] = 1L << 30, ["tb"] = 1L << 40,
    };

    public static bool IsNumeric(Type type) => !type.IsEnum && Type.GetTypeCode(type) is >= TypeCode.SByte and <= TypeCode.Decimal;

    public static bool IsNumber(object value) => IsNumeric(value.GetType());

    /// <summary>A number of the type; fractions round to the nearest even integer.</summary>
    /// <exception cref="FormatException">The text is no number.</exception>
    /// <exception cref="OverflowException">The number is too large.</exception>
    public static object Parse(string text, Type type) =>
        System.Convert.ChangeType(Parse(text.Trim(), fraction: type == typeof(double) || type == typeof(float)), type, Culture);

    private static object Parse(string text, bool fraction)
    {
        if (text.Length == 0)
        {
            return 0;
        }

        if (text.StartsWith("0x", StringComparison.OrdinalIgnoreCase))
        {
            return long.Parse(text[2..], NumberStyles.AllowHexSpecifier, Culture);
        }

        if (text.Length > 2 && Multipliers.TryGetValue(text[^2..], out var unit))
        {
            return decimal.Parse(text[..^2], NumberStyles.Float, Culture) * unit;
        }

        // Not through double: a long beyond 2^53 would lose digits on the way.
        const NumberStyles styles = NumberStyles.Float | NumberStyles.AllowThousands;
        return !fraction && decimal.TryParse(text, styles, Culture, out var exact) ? exact : double.Parse(text, styles, Culture);
    }

    /// <summary>The number that an unquoted word means, in the smallest of int, long and double; null when it is none.</summary>
    public static object? Literal(string word)
    {
        if (word.Length == 0 || !(char.IsAsciiDigit(word[0]) || (word.Length > 1 && word[0] is '-' or '+' or '.')))
        {
            return null;
        }

        try
        {
            var value = Parse(word, typeof(decimal));
            return (decimal)value % 1 != 0 || word.Contains('.', StringComparison.Ordinal)
                ? (double)(decimal)value
                : (decimal)value is >= int.MinValue and <= int.MaxValue ? (int)(decimal)value
                : (object)(long)(decimal)value;
        }
        catch (Exception e) when (e is FormatException or OverflowException)
        {
            return double.TryParse(word, NumberStyles.Float, Culture, out var number) ? number : null;
        }
    }
}
