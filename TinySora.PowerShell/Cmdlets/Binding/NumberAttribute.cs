using System.Collections;
using System.Globalization;
using System.Management.Automation;

namespace TinySora.PowerShell.Cmdlets.Binding;

/// <summary>
/// Accepts only plain numbers, because PowerShell would read 2,5 as 25, an empty text as 0, and 2.5 as the integer 2. A decimal comma is accepted if the
/// session's culture uses one.
/// </summary>
public class NumberAttribute : CellAttribute
{
    public bool IsWhole { get; init; }

    public double Minimum { get; init; } = double.NegativeInfinity;

    public double Maximum { get; init; } = double.PositiveInfinity;

    private protected override object? Transform(object? plain, object argument)
    {
        if (plain is IList several)
        {
            return several.Cast<object>().Select(item => Transform(Plain(item), item)).ToArray();
        }

        var number = plain switch
        {
            null => Empty("$null"),
            string text when string.IsNullOrWhiteSpace(text) => Empty(text),
            string text when IsNumber(text, CultureInfo.InvariantCulture) => argument,

            // Export-Csv writes numbers in the session's culture.
            string text when CultureInfo.CurrentCulture.NumberFormat.NumberDecimalSeparator != "." && IsNumber(text, CultureInfo.CurrentCulture)
                => double.Parse(text, NumberStyles.Float, CultureInfo.CurrentCulture),
            string or bool => Unusable(plain),
            double or float or decimal when IsWhole && !IsLong(plain) => Unusable(plain),
            System.Numerics.BigInteger when IsWhole => Unusable(plain),
            _ => argument,
        };
        return IsInRange(number) ? number : new InvalidNumber($"{plain}", Range);
    }

    /// <summary>Returns the replacement for an empty text. The default is a value that is rejected.</summary>
    protected virtual object? Empty(string text) => Unusable(text);

    private string Range => Maximum < int.MaxValue ? FormattableString.Invariant($"It must be from {Minimum} to {Maximum}.")
        : FormattableString.Invariant($"It must be {Minimum} or more.");

    /// <summary>Returns whether a value is a number in the range, or is not a number at all.</summary>
    private bool IsInRange(object? number) =>
        !double.TryParse(Convert.ToString(number, CultureInfo.InvariantCulture), CultureInfo.InvariantCulture, out var value)
        || !(value < Minimum || value > Maximum);

    private static bool IsLong(object number) =>
        Convert.ToDouble(number, CultureInfo.InvariantCulture) is var value && value % 1 == 0 && Math.Abs(value) < Math.Pow(2, 63);

    /// <summary>
    /// Returns a value that PowerShell cannot convert. On the command line, such a value is an error. If it comes from a piped object, PowerShell ignores it,
    /// and the cmdlet can report the row. If this method threw an exception, PowerShell would report the exception instead.
    /// </summary>
    private InvalidNumber Unusable(object plain)
    {
        var isTooLarge = IsWhole && plain is not bool
            && double.TryParse(Convert.ToString(plain, CultureInfo.InvariantCulture), CultureInfo.InvariantCulture, out var number) && number % 1 == 0;
        return new InvalidNumber(
            FormattableString.Invariant($"{plain} (not a plain {(IsWhole ? "whole " : "")}number)"),
            isTooLarge ? "Whole numbers must fit in 64 bits: -9223372036854775808 to 9223372036854775807."
                : IsWhole ? "Use digits only, such as 20." : "Use a number with a decimal point, such as 2.5.");
    }

    private bool IsNumber(string text, CultureInfo culture) => IsWhole
        ? decimal.TryParse(text, NumberStyles.Float, culture, out var number)
            && number == decimal.Truncate(number) && number is >= long.MinValue and <= long.MaxValue
        : double.TryParse(text, NumberStyles.Float, culture, out _);
}

/// <summary>Accepts numbers from tables; an empty cell becomes <c>null</c>.</summary>
public sealed class NumberCellAttribute : NumberAttribute
{
    protected override object? Empty(string text) => null;
}

/// <summary>A value that a number parameter does not accept. Converting it fails with advice instead of .NET's message.</summary>
internal sealed class InvalidNumber(string text, string advice)
{
    public override string ToString() => text;

    public static explicit operator int(InvalidNumber value) => throw value.Failure();

    public static explicit operator long(InvalidNumber value) => throw value.Failure();

    public static explicit operator double(InvalidNumber value) => throw value.Failure();

    public static explicit operator float(InvalidNumber value) => throw value.Failure();

    private PSInvalidCastException Failure() => new(advice);
}
