using System.Globalization;
using TinySora.Engine.Errors;

namespace TinySora.Engine.Configuration;

/// <summary>A range to sample a key's values from, written as <c>1e-5..1e-3</c>.</summary>
internal sealed class ConfigRange
{
    private const string Dots = "..";

    private readonly FamilyConfig family;
    private readonly string key;
    private readonly double from;
    private readonly double to;
    private readonly bool isWhole;

    private ConfigRange(FamilyConfig family, string key, double from, double to)
    {
        (this.family, this.key, this.from, this.to) = (family, key, from, to);
        isWhole = ConfigSetting.TakesWholeNumber(family, key);
    }

    public static bool IsRange(object? value) => Ends(value) is not null;

    /// <summary>Parses the range of values for a key; returns <c>null</c> if <paramref name="value"/> is not a range.</summary>
    /// <exception cref="TinySoraException">BadRange, UnknownKey.</exception>
    public static ConfigRange? Parse(FamilyConfig family, string key, object? value) => Ends(value) is not (double from, double to) ? null
        : from > 0 && to > from ? new ConfigRange(family, key, from, to)
        : throw ConfigErrors.BadRange(key, $"{value}");

    /// <summary>Samples a value log-uniformly, rounded to three digits or to a whole number.</summary>
    public ConfigSetting Draw(Random random)
    {
        var drawn = from * Math.Pow(to / from, random.NextDouble());
        return ConfigSetting.Create(family, key, drawn.ToString(isWhole ? "F0" : "G3", CultureInfo.InvariantCulture));
    }

    private static (double From, double To)? Ends(object? value) =>
        value is string text && text.IndexOf(Dots, StringComparison.Ordinal) is > 0 and var at
        && double.TryParse(text[..at], NumberStyles.Float, CultureInfo.InvariantCulture, out var from)
        && double.TryParse(text[(at + Dots.Length)..], NumberStyles.Float, CultureInfo.InvariantCulture, out var to)
            ? (from, to)
            : null;
}
