using CsvHelper;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;
using TinySora.Engine.Formats;

namespace TinySora.Engine.Data.Captions;

/// <summary>Captions in a CSV file with the columns video (or file, or video_id) and caption, and if wanted start and duration or end.</summary>
internal static class CaptionCsv
{
    /// <summary>The longest row in characters; a longer one has an unclosed quote.</summary>
    private const int RecordLimit = 1 << 20;

    /// <exception cref="TinySoraException">No CSV, without the columns, or a time that is none.</exception>
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
            var video = Array.Find(["video", "file", "video_id"], name => csv.TryGetFieldIndex(name, out _));
            if (video is null || !csv.TryGetFieldIndex("caption", out _))
            {
                throw DataErrors.CaptionsUnreadable(
                    path, csv.Headers.Count == 0 ? "it is empty." : $"its first line names the columns {string.Join(", ", csv.Headers)}.");
            }

            while (csv.Read())
            {
                if (Enumerable.Range(0, csv.FieldCount).Skip(csv.Headers.Count).Any(index => csv.GetString(index).Length > 0))
                {
                    var found = $"line {csv.LineNumber} has {csv.FieldCount} values for {csv.Headers.Count} columns";
                    throw DataErrors.CaptionsUnreadable(path, $"{found}; a caption that holds what parts the columns needs quotes around it.");
                }

                if (Enumerable.Range(0, csv.FieldCount).All(index => csv.GetString(index).Length == 0))
                {
                    continue; // Spreadsheets write separators for a row that was emptied.
                }

                var start = Time(csv, "start", path) ?? TimeSpan.Zero;
                var duration = Time(csv, "duration", path) ?? (Time(csv, "end", path) - start);
                rows.Add(duration < TimeSpan.Zero
                    ? throw DataErrors.CaptionsUnreadable(path, $"line {csv.LineNumber}: it ends before it starts.")
                    : new CaptionRow(csv.GetString(video), [csv.GetString("caption")], start, duration));
            }
        }
        catch (CsvFormatException e)
        {
            throw DataErrors.CaptionsUnreadable(path, e.Message, e);
        }

        return rows;
    }

    /// <summary>Writes a table with any columns. The file appears when it is complete.</summary>
    /// <param name="rows">As many values each as there are columns.</param>
    /// <param name="overwrite">Whether the file may replace another one of its name.</param>
    /// <exception cref="TinySoraException">NameTaken, or the disk or the permissions do not allow it.</exception>
    public static void Write(string path, IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows, bool overwrite = true) =>
        AtomicFile.WriteText(
            path, string.Concat(rows.Prepend(columns).Select(row => string.Join(',', row.Select(Field)) + Environment.NewLine)),
            MediaErrors.CannotWrite, overwrite);

    /// <summary>A value as it stands in a row: in quotes where a comma, a quote, a line's end or a blank at either end would be read otherwise.</summary>
    private static string Field(string text) =>
        text.AsSpan().IndexOfAny(",\"\r\n") >= 0 || text != text.Trim() ? $"\"{text.Replace("\"", "\"\"")}\"" : text;

    private static TimeSpan? Time(CsvReader csv, string column, string path)
    {
        var text = csv.TryGetFieldIndex(column, out var index) ? csv.GetString(index) : "";
        return text.Length == 0 ? null
            : CaptionRow.Time(text) ?? throw DataErrors.CaptionsUnreadable(path, $"line {csv.LineNumber}: {column} is {text}.");
    }
}
