using System.Collections;
using System.Globalization;
using System.Management.Automation;

namespace TinySora.PowerShell.Cmdlets.Binding;

/// <summary>
/// Accepts only plain numbers: PowerShell would read 2,5 as 25, as a whole number 2.5 as 2, and an empty text as 0. A decimal comma counts where the session's
/// culture writes one.
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
            string text when string.IsNullOrWhiteSpace(text) => Empty(text),
            string text when IsNumber(text, CultureInfo.InvariantCulture) => argument,

            // As Export-Csv writes it there.
            string text when CultureInfo.CurrentCulture.NumberFormat.NumberDecimalSeparator != "." && IsNumber(text, CultureInfo.CurrentCulture)
                => double.Parse(text, NumberStyles.Float, CultureInfo.CurrentCulture),
            string or bool => Unusable(plain),
            double or float or decimal when IsWhole && !IsLong(plain) => Unusable(plain),
            System.Numerics.BigInteger when IsWhole => Unusable(plain),
            _ => argument,
        };
        return IsInRange(number) ? number : new NoNumber($"{plain}", Range);
    }

    /// <summary>What an empty text becomes.</summary>
    protected virtual object? Empty(string text) => Unusable(text);

    private string Range => Maximum < int.MaxValue ? FormattableString.Invariant($"It must be from {Minimum} to {Maximum}.")
        : FormattableString.Invariant($"It must be {Minimum} or more.");

    /// <summary>Whether something that was taken for a number, if it is one, has a value that is allowed.</summary>
    private bool IsInRange(object? number) =>
        !double.TryParse(Convert.ToString(number, CultureInfo.InvariantCulture), CultureInfo.InvariantCulture, out var value)
        || !(value < Minimum || value > Maximum);

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

/// <summary>Accepts numbers from tables: an empty cell counts as no value.</summary>
public sealed class NumberCellAttribute : NumberAttribute
{
    protected override object? Empty(string text) => null;
}

/// <summary>A value that a number parameter cannot take: PowerShell's conversions fail with the advice, in place of what .NET says of the text.</summary>
internal sealed class NoNumber(string text, string advice)
{
    public override string ToString() => text;

    public static explicit operator int(NoNumber value) => throw value.Failure();

    public static explicit operator long(NoNumber value) => throw value.Failure();

    public static explicit operator double(NoNumber value) => throw value.Failure();

    public static explicit operator float(NoNumber value) => throw value.Failure();

    private PSInvalidCastException Failure() => new(advice);
}
