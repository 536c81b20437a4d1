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

        return plain switch
        {
            string text when string.IsNullOrWhiteSpace(text) => null,
            string text when IsNumber(text, CultureInfo.InvariantCulture) => inputData,

            // As Export-Csv writes it there.
            string text when CultureInfo.CurrentCulture.NumberFormat.NumberDecimalSeparator != "." && IsNumber(text, CultureInfo.CurrentCulture)
                => double.Parse(text, NumberStyles.Float, CultureInfo.CurrentCulture),
            string or bool => Unusable(plain),
            double or float or decimal when IsWhole && !IsLong(plain) => Unusable(plain),
            System.Numerics.BigInteger when IsWhole => Unusable(plain),
            _ => inputData,
        };
    }

    private static bool IsLong(object number) =>
        Convert.ToDouble(number, CultureInfo.InvariantCulture) is var value && value % 1 == 0 && Math.Abs(value) < Math.Pow(2, 63);

    /// <summary>
    /// What PowerShell cannot convert is an error of the command line. Of an object that is piped in it is passed over, where an exception here would be
    /// PowerShell's error: the cmdlet says in which row it is.
    /// </summary>
    private NoNumber Unusable(object plain)
    {
        var isTooLarge = IsWhole && plain is not bool
            && double.TryParse(Convert.ToString(plain, CultureInfo.InvariantCulture), CultureInfo.InvariantCulture, out var number) && number % 1 == 0;
        return new NoNumber(
            FormattableString.Invariant($"{plain} (no plain {(IsWhole ? "whole " : "")}number)"),
            isTooLarge ? "Whole numbers have 64 bits: from -9223372036854775808 to 9223372036854775807."
                : IsWhole ? "Write digits alone, as in 20." : "Write digits with a decimal point, as in 2.5.");
    }

    private bool IsNumber(string text, CultureInfo culture) => IsWhole
        ? decimal.TryParse(text, NumberStyles.Float, culture, out var number)
            && number == decimal.Truncate(number) && number is >= long.MinValue and <= long.MaxValue
        : double.TryParse(text, NumberStyles.Float, culture, out _);
}
