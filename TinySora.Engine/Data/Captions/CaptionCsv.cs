using CsvHelper;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;
using TinySora.Engine.Formats;

namespace TinySora.Engine.Data.Captions;

/// <summary>
/// Reads captions from a CSV file. The video (or file, or video_id) and caption columns are required; start, and duration or end, are optional.
/// </summary>
internal static class CaptionCsv
{
    /// <summary>Maximum length of a row in characters. A longer row is assumed to have an unclosed quote.</summary>
    private const int RecordLimit = 1 << 20;

    /// <exception cref="TinySoraException">The file is not CSV, lacks a column or has an invalid time.</exception>
    public static IReadOnlyList<CaptionRow> Read(string path)
    {
        var rows = new List<CaptionRow>();
        try
        {
            using var reader = new StreamReader(path, StrictUtf8.Encoding);
            using var csv = CsvReader.FromText(reader.ReadToEnd(), new CsvReaderOptions
            {
                TrimWhitespace = true,
                TrackLineNumbers = true,
                MaxRecordSize = RecordLimit,
                MalformedData = CsvMalformedDataHandling.Throw,
            });
            csv.ReadHeader();
            var video = Array.Find(["video", "file", "video_id", "path"], name => csv.TryGetFieldIndex(name, out _));
            if (video is null || !csv.TryGetFieldIndex("caption", out _))
            {
                throw DataErrors.CaptionsUnreadable(
                    path, csv.Headers.Count == 0 ? "the file is empty."
                    : $"it must have the columns video and caption, but its first line has the columns {string.Join(", ", csv.Headers)}.");
            }

            while (csv.Read())
            {
                if (Enumerable.Range(0, csv.FieldCount).Skip(csv.Headers.Count).Any(index => csv.GetString(index).Length > 0))
                {
                    var found = $"line {csv.LineNumber} has {csv.FieldCount} values for {csv.Headers.Count} columns";
                    throw DataErrors.CaptionsUnreadable(path, $"{found}; enclose captions that contain the separator in quotes.");
                }

                if (Enumerable.Range(0, csv.FieldCount).All(index => csv.GetString(index).Length == 0))
                {
                    continue; // Spreadsheets write separators for an emptied row.
                }

                var start = Time(csv, "start", path) ?? TimeSpan.Zero;
                var duration = Time(csv, "duration", path) ?? (Time(csv, "end", path) - start);
                rows.Add(duration < TimeSpan.Zero
                    ? throw DataErrors.CaptionsUnreadable(path, $"the segment on line {csv.LineNumber} ends before it starts.")
                    : new CaptionRow(csv.GetString(video), [csv.GetString("caption")], start, duration));
            }
        }
        catch (CsvFormatException e)
        {
            throw DataErrors.CaptionsUnreadable(path, e.Message, e);
        }

        return rows;
    }

    /// <summary>Writes a table with arbitrary columns. The file appears only when it is complete.</summary>
    /// <param name="rows">Rows with one value per column.</param>
    /// <param name="overwrite">Whether to replace an existing file.</param>
    /// <exception cref="TinySoraException">NameTaken, or the file cannot be written because of the disk or missing permissions.</exception>
    public static void Write(string path, IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows, bool overwrite = true) =>
        AtomicFile.WriteText(
            path, string.Concat(rows.Prepend(columns).Select(row => string.Join(',', row.Select(Field)) + Environment.NewLine)),
            MediaErrors.CannotWrite, overwrite);

    /// <summary>Formats a value for a row. The value is quoted if it contains a comma, quote or line break, or starts or ends with a space.</summary>
    private static string Field(string text) =>
        text.AsSpan().IndexOfAny(",\"\r\n") >= 0 || text != text.Trim() ? $"\"{text.Replace("\"", "\"\"")}\"" : text;

    private static TimeSpan? Time(CsvReader csv, string column, string path)
    {
        var text = csv.TryGetFieldIndex(column, out var index) ? csv.GetString(index) : "";
        return text.Length == 0 ? null
            : CaptionRow.Time(text) ?? throw DataErrors.CaptionsUnreadable(path, $"line {csv.LineNumber} has an invalid time in the column {column}: {text}.");
    }
}
