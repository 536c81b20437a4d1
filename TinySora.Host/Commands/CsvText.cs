using System.Collections;
using System.Text;

namespace TinySora.Commands;

/// <summary>Where a field of a table gets quotes, as PowerShell names it.</summary>
public enum QuoteKind
{
    Never,
    Always,
    AsNeeded,
}

/// <summary>Tables of text as PowerShell's commands write and read them.</summary>
internal static class CsvText
{
    public static IReadOnlyList<string> Names(PSObject value) =>
        value.BaseObject is IDictionary table ? [.. table.Keys.Cast<object>().Select(k => k.ToString()!)] : [.. value.Properties.Select(p => p.Name)];

    public static string Row(PSObject value, IReadOnlyList<string> names, char delimiter, QuoteKind quotes) => Row(
        names.Select(name => value.BaseObject is IDictionary table ? table[name]?.ToString() : value.Properties[name]?.Value?.ToString()), delimiter, quotes);

    /// <summary>A value that is not there has no quotes in any case.</summary>
    public static string Row(IEnumerable<string?> fields, char delimiter, QuoteKind quotes) => string.Join(delimiter, fields.Select(field =>
        field is null || quotes == QuoteKind.Never || (quotes == QuoteKind.AsNeeded && field.AsSpan().IndexOfAny("\"\r\n" + delimiter) < 0) ? field
        : $"\"{field.Replace("\"", "\"\"", StringComparison.Ordinal)}\""));

    /// <summary>The rows of a table; a field in quotes may go over several lines, and lines without anything are left out.</summary>
    public static IEnumerable<IReadOnlyList<string>> Rows(TextReader reader, char delimiter)
    {
        List<string> row = [];
        StringBuilder field = new();
        var (inQuotes, wasQuoted) = (false, false);
        for (var c = reader.Read(); ; c = reader.Read())
        {
            if (inQuotes && c >= 0)
            {
                if (c != '"')
                {
                    field.Append((char)c);
                }
                else if (reader.Peek() == '"')
                {
                    field.Append((char)reader.Read());
                }
                else
                {
                    inQuotes = false;
                }
            }
            else if (c == '"' && string.IsNullOrWhiteSpace(field.ToString()) && !wasQuoted)
            {
                field.Clear();
                (inQuotes, wasQuoted) = (true, true);
            }
            else if (c == delimiter || c is '\r' or '\n' or -1)
            {
                var text = wasQuoted ? field.ToString() : field.ToString().TrimStart();
                var isLine = c != delimiter;
                if (!isLine || row.Count > 0 || text.Length > 0 || wasQuoted)
                {
                    row.Add(text);
                }

                field.Clear();
                wasQuoted = false;
                if (isLine && row.Count > 0)
                {
                    yield return row;
                    row = [];
                }

                if (c < 0)
                {
                    yield break;
                }
            }
            else
            {
                field.Append((char)c);
            }
        }
    }

    /// <summary>A record for each row, by the names of the first row, or by these.</summary>
    public static IEnumerable<PSObject> Records(PSCmdlet command, TextReader reader, char delimiter, string[]? header)
    {
        string? type = null;
        foreach (var row in Rows(reader, delimiter))
        {
            if (row[0].StartsWith("#TYPE ", StringComparison.OrdinalIgnoreCase) && type is null)
            {
                type = row[0]["#TYPE ".Length..];
            }
            else if (header is null)
            {
                header = [.. row.Select((name, i) => name.Length > 0 ? name : $"H{i + 1}")];
                if (row.Contains(""))
                {
                    command.WriteWarning(
                        "One or more headers were not specified. Default names starting with \"H\" have been used in place of any missing headers.");
                }

                if (header.GroupBy(name => name, StringComparer.OrdinalIgnoreCase).FirstOrDefault(g => g.Count() > 1) is { } twice)
                {
                    throw new ExtendedTypeSystemException($"The member \"{twice.Key}\" is already present.");
                }
            }
            else
            {
                PSObject record = new();
                for (var i = 0; i < header.Length; i++)
                {
                    record.Properties.Add(new PSNoteProperty(header[i], i < row.Count ? row[i] : null), preValidated: true);
                }

                if (type is not null)
                {
                    record.TypeNames.Insert(0, $"CSV:{type}");
                }

                yield return record;
            }
        }
    }
}
