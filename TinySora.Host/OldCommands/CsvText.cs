using System.Management.Automation;

namespace TinySora.Host.Commands;

/// <summary>Objects as lines of CSV, every field in quotes as PowerShell writes it.</summary>
internal sealed class CsvText(char delimiter, IReadOnlyList<string>? columns = null)
{
    private IReadOnlyList<string>? columns = columns;

    /// <summary>The heading before the first object, then one line per object; the first object decides the columns.</summary>
    public IEnumerable<string> Lines(PSObject value)
    {
        if (columns is null)
        {
            columns = [.. value.Properties.Select(p => p.Name)];
            yield return Line(columns);
        }

        yield return Line(columns.Select(c => LanguagePrimitives.TextOf(value.Properties[c]?.Value)));
    }

    private string Line(IEnumerable<string> fields) =>
        string.Join(delimiter, fields.Select(f => $"\"{f.Replace("\"", "\"\"", StringComparison.Ordinal)}\""));
}
