using System.Globalization;
using System.Management.Automation;

namespace TinySora.PowerShell.Cmdlets.Binding;

/// <summary>
/// Takes numbers as tables have them. An empty cell is no value, of which PowerShell would make zero; and of what is no plain number
/// PowerShell is to make none: it reads 2,5 as 25, and as a whole number 2.5 as 2. A decimal comma counts where the session's culture writes one.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class NumberCellAttribute : ArgumentTransformationAttribute
{
    /// <summary>A whole number is needed.</summary>
    public bool IsWhole { get; init; }

    public override object? Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        var plain = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        if (plain is Array several)
        {
            return several.Cast<object>().Select(item => Transform(engineIntrinsics, item)).ToArray();
        }

        // What PowerShell cannot convert is an error of the command line; of an object that is piped in, where an exception would be PowerShell's,
        // it is passed over: the cmdlet says in which row it is.
        return plain switch
        {
            string text when string.IsNullOrWhiteSpace(text) => null,
            string text when IsNumber(text, CultureInfo.InvariantCulture) => inputData,

            // As Export-Csv writes it there.
            string text when CultureInfo.CurrentCulture.NumberFormat.NumberDecimalSeparator != "." && IsNumber(text, CultureInfo.CurrentCulture)
                => double.Parse(text, NumberStyles.Float, CultureInfo.CurrentCulture),
            string or bool => NoNumber(),
            double or float or decimal when IsWhole && Convert.ToDouble(plain, CultureInfo.InvariantCulture) % 1 != 0 => NoNumber(),
            _ => inputData,
        };

        string NoNumber() => FormattableString.Invariant($"{plain} (no plain {(IsWhole ? "whole " : "")}number)");
    }

    private bool IsNumber(string text, CultureInfo culture) => IsWhole
        ? decimal.TryParse(text, NumberStyles.Float, culture, out var number) && number == decimal.Truncate(number)
        : double.TryParse(text, NumberStyles.Float, culture, out _);
}
