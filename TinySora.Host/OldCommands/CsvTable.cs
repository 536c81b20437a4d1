using System.Management.Automation;
using CsvHelper;

namespace TinySora.Host.Commands;

/// <summary>Rows of a CSV file as objects, one at a time.</summary>
internal static class CsvTable
{
    // Guards against an unclosed quote at the start of a huge file.
    private const int LargestRecord = 16 << 20;

    private const string TypeLine = "#TYPE";

    /// <param name="path">UTF-8 unless a byte order mark says otherwise.</param>
    /// <param name="delimiter">Between fields.</param>
    /// <param name="header">Names of the columns; null: the first row has them.</param>
    /// <exception cref="InvalidDataException">The file is no table; the message names file and line.</exception>
    public static IEnumerable<PSObject> Read(string path, char delimiter, IReadOnlyList<string>? header)
    {
        foreach (var (row, line) in Rows(path, delimiter))
        {
            if (header is null)
            {
                header = row[0].StartsWith(TypeLine, StringComparison.Ordinal) ? null : Header(row, path, line);
                continue;
            }

            PSObject value = new();
            for (var i = 0; i < header.Count; i++)
            {
                value.Properties.Add(new PSNoteProperty(header[i], i < row.Length ? row[i] : null), preValidated: true);
            }

            yield return value;
        }
    }

    /// <summary>The fields of every record and the line where it starts; empty lines are left out.</summary>
    public static IEnumerable<(string[] Fields, long Line)> Rows(string path, char delimiter)
    {
        using var reader = CsvReader.FromFile(path, new CsvReaderOptions
        {
            Separator = delimiter,
            HasHeader = false,
            TrackLineNumbers = true,
            MaxRecordSize = LargestRecord,
            OnMalformedRecord = bad =>
            {
                // Other quotes inside fields are text, as PowerShell reads them; this one would swallow the rest of the file.
                if (bad.Reason == CsvMalformedReason.UnterminatedQuote)
                {
                    throw Broken(path, bad.LineNumber, "a quote is not closed");
                }
            },
        }, FileOptions.SequentialScan);
        while (Read(reader, path))
        {
            yield return (reader.Current.ToArray(), reader.LineNumber);
        }
    }

    private static bool Read(CsvReader reader, string path)
    {
        try
        {
            return reader.Read();
        }
        catch (CsvFormatException e)
        {
            throw Broken(path, e.LineNumber, e.Message.TrimEnd('.'));
        }
    }

    private static string[] Header(string[] row, string path, long line)
    {
        string[] names = [.. row.Select((name, i) => name.Trim() is { Length: > 0 } given ? given : $"H{i + 1}")];
        var twice = names.GroupBy(n => n, StringComparer.OrdinalIgnoreCase).FirstOrDefault(g => g.Count() > 1)?.Key;
        return twice is null ? names : throw Broken(path, line, $"the column '{twice}' appears twice");
    }

    private static InvalidDataException Broken(string path, long line, string what) => new($"{path}, line {line}: {what}.");
}
