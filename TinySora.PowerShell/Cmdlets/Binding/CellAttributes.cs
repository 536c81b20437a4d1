using System.Collections;
using System.Collections.Specialized;
using System.Globalization;
using System.Management.Automation;
using System.Text.RegularExpressions;

namespace TinySora.PowerShell.Cmdlets.Binding;

/// <summary>Transforms an argument, which may be a table cell.</summary>
public abstract class CellAttribute : ArgumentTransformationAttribute
{
    public override object? Transform(EngineIntrinsics engineIntrinsics, object inputData) => Transform(Plain(inputData), inputData);

    /// <summary>Unwraps an argument from its PSObject.</summary>
    internal static object? Plain(object? argument) => argument is PSObject wrapped ? wrapped.BaseObject : argument;

    /// <param name="plain">The unwrapped argument.</param>
    private protected abstract object? Transform(object? plain, object argument);
}

/// <summary>Converts an empty table cell to <c>null</c>.</summary>
public sealed class EmptyIsNullAttribute : CellAttribute
{
    private protected override object? Transform(object? plain, object argument) => plain is "" ? null : argument;
}

/// <summary>Converts a GPU number to its name (1 becomes cuda:1), and an empty value, such as an unset variable, to auto.</summary>
public sealed class DeviceNameAttribute : CellAttribute
{
    private protected override object? Transform(object? plain, object argument)
    {
        var text = Convert.ToString(plain, CultureInfo.InvariantCulture);
        return string.IsNullOrWhiteSpace(text) ? "auto"
            : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var index) ? $"cuda:{index}"
            : argument;
    }
}

/// <summary>Parses a list of numbers in a table cell, such as "0.5, -1.25". An empty cell becomes <c>null</c>.</summary>
public sealed class NumberListAttribute : CellAttribute
{
    private protected override object? Transform(object? plain, object argument)
    {
        var numbers = new List<float>();
        foreach (var part in (plain as string)?.Split([',', ';', ' '], StringSplitOptions.RemoveEmptyEntries) ?? [])
        {
            if (!float.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
            {
                return argument;
            }

            numbers.Add(number);
        }

        return plain is not string ? argument : numbers.Count == 0 ? null : numbers.ToArray();
    }
}

/// <summary>
/// Converts dates to ISO 8601, because PowerShell would write them in the session's culture. No value, as in JSON, becomes an empty text.
/// </summary>
public sealed class DateTextAttribute : CellAttribute
{
    private protected override object? Transform(object? plain, object argument) => plain switch
    {
        null => "",
        IList several => several.Cast<object>().Select(item => Transform(Plain(item), item)).ToArray(),
        DateTime { Kind: DateTimeKind.Utc } date => Iso(date.ToLocalTime()),
        DateTime date => Iso(date),
        DateTimeOffset date => Iso(date.LocalDateTime),
        _ => argument,
    };

    private static string Iso(DateTime date) => date.ToString("s", CultureInfo.InvariantCulture);
}

/// <summary>
/// Parses settings in a table cell, such as "trainer.train_lr=1e-4; diffusion.objective=v". Commas are also accepted as separators, as in a recipe's text.
/// Objects from ConvertFrom-Json are also accepted. An empty cell specifies no settings.
/// </summary>
public sealed partial class SettingCellAttribute : CellAttribute
{
    /// <summary>Result for an empty text, to distinguish it from an explicit empty table.</summary>
    internal static IDictionary EmptyCell { get; } = new OrderedDictionary().AsReadOnly();

    private protected override object? Transform(object? plain, object argument)
    {
        var settings = new OrderedDictionary(StringComparer.OrdinalIgnoreCase);
        if (argument is PSObject { BaseObject: PSCustomObject } table)
        {
            foreach (var property in table.Properties)
            {
                settings[property.Name] = property.Value;
            }

            return settings;
        }

        if (plain is null || (plain is string blank && string.IsNullOrWhiteSpace(blank)))
        {
            return EmptyCell;
        }

        if (plain is not string text)
        {
            return argument;
        }

        foreach (var part in Separator().Split(text).Select(part => part.Trim()).Where(part => part.Length > 0))
        {
            var pair = part.Split('=', 2, StringSplitOptions.TrimEntries);
            if (pair.Length < 2 || pair[0].Length == 0)
            {
                return argument; // PowerShell then reports that the value is not a table
            }

            settings[pair[0]] = pair[1];
        }

        return settings;
    }

    /// <summary>Matches separators between a value and the next name, or after the last value; values may contain commas.</summary>
    [GeneratedRegex(@";|,(?=\s*[\w.]+\s*=)")]
    private static partial Regex Separator();
}
