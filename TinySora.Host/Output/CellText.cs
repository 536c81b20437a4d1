using System.Collections;
using System.Globalization;
using System.Management.Automation;

namespace TinySora.Host.Output;

/// <summary>A value as one line of text.</summary>
internal static class CellText
{
    private const int ShownElements = 4;

    public static string Of(object? value, string? format = null)
    {
        var plain = PSObject.Base(value);
        if (format is not null && plain is not null)
        {
            return string.Format(CultureInfo.InvariantCulture, format, plain);
        }

        var text = plain switch
        {
            DateTime time => time.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture),
            IDictionary table => Listed(table.Keys.Cast<object>().Select(k => $"[{CellPart(k)}, {CellPart(table[k])}]")),
            not null when LanguagePrimitives.GetEnumerable(plain) is IEnumerable elements =>
                Listed(elements.Cast<object?>().Select(CellPart)),
            _ => LanguagePrimitives.TextOf(plain),
        };
        return text.ReplaceLineEndings(" ");
    }

    /// <summary>Whether values of this kind stand on the right of a column.</summary>
    public static bool IsRightAligned(object? value) => PSObject.Base(value) is object plain && Numbers.IsNumber(plain);

    /// <summary>Values that are shown by themselves rather than by their properties.</summary>
    public static bool IsScalar(object value) => value is string or decimal or Enum or DateTime or DateTimeOffset or TimeSpan or Guid
        or Uri or Version or FileSystemInfo or SwitchParameter || value.GetType().IsPrimitive;

    private static string CellPart(object? value) => LanguagePrimitives.TextOf(value);

    private static string Listed(IEnumerable<string> parts)
    {
        string[] shown = [.. parts.Take(ShownElements + 1)];
        return shown.Length > ShownElements
            ? $"{{{string.Join(", ", shown.Take(ShownElements))}\u2026}}"
            : $"{{{string.Join(", ", shown)}}}";
    }
}
