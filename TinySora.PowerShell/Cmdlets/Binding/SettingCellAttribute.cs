using System.Collections;
using System.Collections.Specialized;
using System.Management.Automation;
using System.Text.RegularExpressions;

namespace TinySora.PowerShell.Cmdlets.Binding;

/// <summary>
/// Takes settings from a cell of a table, where they stand as "trainer.train_lr=1e-4; diffusion.objective=v", or with commas as a recipe's text has them,
/// and from an object as ConvertFrom-Json makes it; an empty cell has none.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed partial class SettingCellAttribute : ArgumentTransformationAttribute
{
    /// <summary>What is made of an empty text, which an empty table that is given is not.</summary>
    internal static IDictionary EmptyCell { get; } = new OrderedDictionary().AsReadOnly();

    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        var settings = new OrderedDictionary(StringComparer.OrdinalIgnoreCase);
        if (inputData is PSObject { BaseObject: PSCustomObject } table)
        {
            foreach (var property in table.Properties)
            {
                settings[property.Name] = property.Value;
            }

            return settings;
        }

        if ((inputData is PSObject wrapped ? wrapped.BaseObject : inputData) is not string text)
        {
            return inputData;
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
                return inputData; // which PowerShell makes no table of
            }

            settings[pair[0]] = pair[1];
        }

        return settings;
    }

    /// <summary>What stands between a value and the next name, or behind the last: values may hold commas themselves.</summary>
    [GeneratedRegex(@";|,(?=\s*[\w.]+\s*=)")]
    private static partial Regex Separator();
}
