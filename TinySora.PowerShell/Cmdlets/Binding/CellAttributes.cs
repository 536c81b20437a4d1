using System.Collections;
using System.Collections.Specialized;
using System.Globalization;
using System.Management.Automation;
using System.Text.RegularExpressions;

namespace TinySora.PowerShell.Cmdlets.Binding;

/// <summary>Transforms an argument, which may be the cell of a table.</summary>
public abstract class CellAttribute : ArgumentTransformationAttribute
{
    public override object? Transform(EngineIntrinsics engineIntrinsics, object inputData) => Transform(Plain(inputData), inputData);

    /// <summary>An argument without PowerShell's wrapper.</summary>
    internal static object? Plain(object? argument) => argument is PSObject wrapped ? wrapped.BaseObject : argument;

    /// <param name="plain">The argument without PowerShell's wrapper.</param>
    private protected abstract object? Transform(object? plain, object argument);
}

/// <summary>Makes an empty cell of a table no value.</summary>
public sealed class EmptyIsNullAttribute : CellAttribute
{
    private protected override object? Transform(object? plain, object argument) => plain is "" ? null : argument;
}

/// <summary>Makes the number of a GPU its name: 1 is cuda:1; and of nothing, as of a variable that nobody has set, auto.</summary>
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

/// <summary>Takes a list of numbers from a cell of a table, where it stands as "0.5, -1.25"; an empty cell is no value.</summary>
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
/// Takes settings from a cell of a table, where they stand as "trainer.train_lr=1e-4; diffusion.objective=v", or with commas as a recipe's text has them,
/// and from an object as ConvertFrom-Json makes it; an empty cell has none.
/// </summary>
public sealed partial class SettingCellAttribute : CellAttribute
{
    /// <summary>What is made of an empty text, which an empty table that is given is not.</summary>
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

        if (plain is not string text)
        {
            return argument;
        }

        if (string.IsNullOrWhiteSpace(text))
        {
            return EmptyCell;
        }

        foreach (var part in Separator().Split(text).Select(part => part.Trim()).Where(part => part.Length > 0))
        {
            var pair = part.Split('=', 2, StringSplitOptions.TrimEntries);
            if (pair.Length < 2 || pair[0].Length == 0)
            {
                return argument; // which PowerShell makes no table of
            }

            settings[pair[0]] = pair[1];
        }

        return settings;
    }

    /// <summary>What stands between a value and the next name, or behind the last: values may hold commas themselves.</summary>
    [GeneratedRegex(@";|,(?=\s*[\w.]+\s*=)")]
    private static partial Regex Separator();
}
