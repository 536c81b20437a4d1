using System.Globalization;

namespace System.Management.Automation;

/// <summary>Enumeration values from names, beginnings of names and numbers.</summary>
internal static class EnumValues
{
    public static object Convert(object value, Type type)
    {
        if (value is not string text)
        {
            var number = Enum.ToObject(type, System.Convert.ToInt64(value, CultureInfo.InvariantCulture));
            return Enum.IsDefined(type, number) || type.IsDefined(typeof(FlagsAttribute), false)
                ? number
                : throw new FormatException($"The value {value} is not one of: {string.Join(", ", Enum.GetNames(type))}.");
        }

        // The numbers of an enumeration combine like bits: "Read,Write".
        var bits = text.Split(',').Select(part => Bits(part.Trim(), type)).Aggregate((a, b) => a | b);
        return Enum.ToObject(type, bits);
    }

    private static long Bits(string name, Type type)
    {
        var names = Enum.GetNames(type);
        string[] matches = [.. names.Where(n => n.Equals(name, StringComparison.OrdinalIgnoreCase))];
        if (matches.Length == 0 && name.Length > 0)
        {
            matches = [.. names.Where(n => n.StartsWith(name, StringComparison.OrdinalIgnoreCase))];
        }

        if (matches.Length == 0 && long.TryParse(name, CultureInfo.InvariantCulture, out var number))
        {
            return System.Convert.ToInt64(Convert(number, type), CultureInfo.InvariantCulture);
        }

        return matches.Length == 1
            ? System.Convert.ToInt64(Enum.Parse(type, matches[0]), CultureInfo.InvariantCulture)
            : throw new FormatException($"Unable to match the identifier name {name} to a valid enumerator name. " +
                $"Specify one of the following enumerator names and try again: {string.Join(", ", names)}");
    }
}
