namespace System.Management.Automation;

/// <summary>Equality and order between values of different types.</summary>
internal static class Comparison
{
    public static bool AreEqual(object? first, object? second, bool ignoreCase)
    {
        (first, second) = (PSObject.Base(first), PSObject.Base(second));
        if (first is null || second is null)
        {
            return first is null && second is null;
        }

        if (first is string text)
        {
            return text.Equals(LanguagePrimitives.TextOf(second),
                ignoreCase ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal);
        }

        if (Numbers.IsNumber(first) && Numbers.IsNumber(second))
        {
            return Order(first, second, ignoreCase) == 0;
        }

        return first.Equals(second)
            || (LanguagePrimitives.TryConvertTo(second, first.GetType(), out var converted) && first.Equals(converted));
    }

    public static int Order(object? first, object? second, bool ignoreCase)
    {
        (first, second) = (PSObject.Base(first), PSObject.Base(second));
        if (first is null || second is null)
        {
            return (first is null ? 0 : 1) - (second is null ? 0 : 1);
        }

        if (first is string text)
        {
            return string.Compare(text, LanguagePrimitives.TextOf(second),
                ignoreCase ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal);
        }

        // A number against a text: the text is read as a number, of the wider kind where both are numbers.
        if (Numbers.IsNumber(first) && LanguagePrimitives.TryConvertTo(second, out double right))
        {
            var left = System.Convert.ToDouble(first, Globalization.CultureInfo.InvariantCulture);
            return left != right || double.IsNaN(left) ? left.CompareTo(right) : Exact(first, second);
        }

        if (first is IComparable comparable && LanguagePrimitives.TryConvertTo(second, first.GetType(), out var converted))
        {
            return comparable.CompareTo(converted);
        }

        throw new ArgumentException(
            $"Cannot compare \"{LanguagePrimitives.TextOf(first)}\" to \"{LanguagePrimitives.TextOf(second)}\" because the objects " +
            $"are not the same type or the object \"{first.GetType()}\" does not implement \"IComparable\".");
    }

    // Equal as doubles: integers above 2^53 may still differ.
    private static int Exact(object first, object second) =>
        LanguagePrimitives.TryConvertTo(first, out decimal a) && LanguagePrimitives.TryConvertTo(second, out decimal b)
            ? a.CompareTo(b)
            : 0;
}
