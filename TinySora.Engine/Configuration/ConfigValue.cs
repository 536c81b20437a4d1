using System.Globalization;
using System.Text.RegularExpressions;

namespace TinySora.Engine.Configuration;

/// <summary>
/// Converts values between YAML and .NET. Plain scalars have the same meaning as in PyYAML, except that <c>1e-4</c> is a number; PyYAML reads it as text.
/// PyYAML reads the values that are written here unchanged.
/// </summary>
internal static partial class ConfigValue
{
    /// <summary>Describes the expected form of a key's value, for messages.</summary>
    public static string DescribeExpected(ConfigKey key)
    {
        var type = key.Type;
        var form = type == typeof(bool) ? "true or false"
            : type.IsEnum ? ConfigNames.Choice(ConfigNames.All(type))
            : type == typeof(TrainingSpan) ? "a whole number of steps, or epochs, such as 2 epochs"
            : type == typeof(int) || type == typeof(long) ? "a whole number"
            : type == typeof(double) ? "a number"
            : type == typeof(string) ? "text"
            : type == typeof(IReadOnlyList<bool>) ? "a list of true and false, such as [true, false]"
            : "a list of whole numbers, such as [1, 2, 4]";
        return key.AllowsNull ? form + ", or null" : form;
    }

    /// <summary>Describes an invalid value of the key for messages, with the first invalid item of a list.</summary>
    public static string DescribeFound(ConfigKey key, YamlItem item)
    {
        var type = key.Type.IsGenericType ? key.Type.GenericTypeArguments[0] : null;
        var wrong = type is null ? null : (item as YamlList)?.Items.FirstOrDefault(i => i is not YamlScalar scalar || ReadScalar(type, scalar) is null);
        return wrong is null ? item.Form : $"{item.Form} with {wrong.Form}";
    }

    public static bool TryRead(ConfigKey key, YamlItem item, out object? value)
    {
        var type = key.Type;
        value = null;
        if (item is YamlScalar { IsNull: true })
        {
            return key.AllowsNull;
        }

        value = type == typeof(IReadOnlyList<int>) ? ReadList<int>(item)
            : type == typeof(IReadOnlyList<bool>) ? ReadList<bool>(item)
            : item is YamlScalar scalar ? ReadScalar(type, scalar)
            : null;
        return value is not null;
    }

    /// <summary>Formats a value as YAML. Reading the result returns the same value.</summary>
    public static string Write(object? value) => value switch
    {
        null => "null",
        bool b => b ? "true" : "false",
        double d => WriteNumber(d),
        Enum member => Write(ConfigNames.GetValue(member)),
        TrainingSpan { InEpochs: true } span => Write(span.ToString()),
        string s => Quote(s),
        IReadOnlyList<int> list => "[" + string.Join(", ", list) + "]",
        IReadOnlyList<bool> list => "[" + string.Join(", ", list.Select(item => Write(item))) + "]",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    /// <summary>
    /// Quotes text and escapes the characters that YAML would read as line breaks or ignore. PyYAML rejects unescaped control characters and noncharacters.
    /// </summary>
    private static string Quote(string text)
    {
        return $"\"{string.Concat(text.Select(Escape))}\"";

        static string Escape(char c) => c switch
        {
            '\\' or '"' => $"\\{c}",
            '\n' => "\\n",
            '\r' => "\\r",
            '\t' => "\\t",
            '\u2028' or '\u2029' or '\uFEFF' or >= '\uFFFE' => $"\\u{(int)c:X4}",
            _ => char.IsControl(c) ? $"\\u{(int)c:X4}" : $"{c}",
        };
    }

    private static object? ReadScalar(Type type, YamlScalar scalar)
    {
        if (type == typeof(string))
        {
            return scalar.Text.Contains('\0', StringComparison.Ordinal) ? null : scalar.Text; // most texts are paths, which cannot contain NUL
        }

        if (type.IsEnum)
        {
            return ConfigNames.Find(type, scalar.Text)
                ?? (scalar.Plain && ReadFlag(scalar.Text) is bool named ? ConfigNames.Find(type, Write(named)) : null);
        }

        if (type == typeof(TrainingSpan))
        {
            return TrainingSpan.Parse(scalar.Text) is { } span && (scalar.Plain || span.InEpochs) ? span : null;
        }

        if (!scalar.Plain)
        {
            return null;
        }

        if (type == typeof(bool))
        {
            return ReadFlag(scalar.Text);
        }

        if (type == typeof(double))
        {
            return Number().IsMatch(scalar.Text)
                && double.TryParse(Digits(scalar), NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
                && double.IsFinite(number) ? number : null;
        }

        var whole = WholeNumber().IsMatch(scalar.Text)
            && long.TryParse(Digits(scalar), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var l)
            ? l : (long?)null;
        return type == typeof(int) ? (whole is >= int.MinValue and <= int.MaxValue ? (object)(int)whole : null) : whole;
    }

    private static bool? ReadFlag(string text) => text.ToLowerInvariant() switch
    {
        "true" or "yes" or "on" => true,
        "false" or "no" or "off" => false,
        _ => null,
    };

    private static List<T>? ReadList<T>(YamlItem item)
        where T : struct
    {
        if (item is not YamlList list)
        {
            return null;
        }

        var values = list.Items.Select(i => i is YamlScalar s ? ReadScalar(typeof(T), s) as T? : null).ToList();
        return values.Contains(null) ? null : values.ConvertAll(value => value!.Value);
    }

    private static string Digits(YamlScalar scalar) => scalar.Text.Replace("_", "");

    /// <summary>Formats a number with a decimal point and a signed exponent. Otherwise, PyYAML would read it as an integer or as text.</summary>
    private static string WriteNumber(double value)
    {
        var text = value.ToString("R", CultureInfo.InvariantCulture);
        var mantissa = text.Split('E')[0];
        var point = mantissa.Contains('.') ? "" : ".0";
        return mantissa + point + text[mantissa.Length..].Replace('E', 'e');
    }

    /// <summary>Matches a whole number without leading zeros: PyYAML reads 010 as octal.</summary>
    [GeneratedRegex(@"^[-+]?(0|[1-9][0-9_]*)$")]
    private static partial Regex WholeNumber();

    [GeneratedRegex(@"^[-+]?([0-9][0-9_]*\.?[0-9_]*|\.[0-9][0-9_]*)([eE][-+]?[0-9]+)?$")]
    private static partial Regex Number();
}
