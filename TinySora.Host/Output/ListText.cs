using System.Management.Automation;

namespace TinySora.Host.Output;

/// <summary>An object as one line per property.</summary>
internal static class ListText
{
    public static IEnumerable<(string Label, string Value)> Lines(PSObject value, IReadOnlyList<FormatField> fields)
    {
        var width = fields.Select(f => f.Label.Length).DefaultIfEmpty().Max();
        return fields.Select(f => (f.Label.PadRight(width), CellText.Of(value.Properties[f.Property]?.Value, f.Format)));
    }
}
