using System.Collections;
using System.Globalization;

namespace System.Management.Automation;

/// <summary>PowerShell's conversions and comparisons.</summary>
public static class LanguagePrimitives
{
    /// <exception cref="PSInvalidCastException">The value has no such form.</exception>
    public static object? ConvertTo(object? valueToConvert, Type resultType) => Conversion.Convert(valueToConvert, resultType);

    public static T? ConvertTo<T>(object? valueToConvert) => (T?)Conversion.Convert(valueToConvert, typeof(T));

    public static bool TryConvertTo(object? valueToConvert, Type resultType, out object? result)
    {
        try
        {
            result = Conversion.Convert(valueToConvert, resultType);
            return true;
        }
        catch (InvalidCastException)
        {
            result = null;
            return false;
        }
    }

    public static bool TryConvertTo<T>(object? valueToConvert, out T? result)
    {
        var converted = TryConvertTo(valueToConvert, typeof(T), out var value);
        result = converted ? (T?)value : default;
        return converted;
    }

    /// <summary>Not false, zero, empty or null.</summary>
    public static bool IsTrue(object? obj) => PSObject.Base(obj) switch
    {
        null => false,
        bool value => value,
        SwitchParameter value => value.IsPresent,
        string text => text.Length > 0,
        IList { Count: 0 } => false,
        IList { Count: 1 } list => IsTrue(list[0]),
        object number when Numbers.IsNumber(number) => System.Convert.ToDouble(number, CultureInfo.InvariantCulture) != 0,
        _ => true,
    };

    /// <summary>The value as a collection; null for texts, dictionaries and single objects.</summary>
    public static IEnumerable? GetEnumerable(object? obj) =>
        PSObject.Base(obj) is IEnumerable sequence and not (string or IDictionary or PSObject) ? sequence : null;

    /// <summary>Equality after converting the second value to the first one's type.</summary>
    public static bool Equals(object? first, object? second, bool ignoreCase) => Comparison.AreEqual(first, second, ignoreCase);

    public static int Compare(object? first, object? second) => Compare(first, second, ignoreCase: false);

    /// <summary>Order after converting the second value to the first one's type; null comes first.</summary>
    /// <exception cref="ArgumentException">The values have no common order.</exception>
    public static int Compare(object? first, object? second, bool ignoreCase) => Comparison.Order(first, second, ignoreCase);

    /// <summary>The text of a value, independent of culture; elements of a collection are joined by spaces.</summary>
    internal static string TextOf(object? value) => PSObject.Base(value) switch
    {
        null => "",
        string text => text,
        double number => number.ToString("R", CultureInfo.InvariantCulture),
        IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture),
        IEnumerable sequence and not (PSObject or IDictionary) => string.Join(' ', sequence.Cast<object?>().Select(TextOf)),
        object other => other.ToString() ?? "",
    };
}
