using System.Globalization;
using CsvHelper;
using TinySora.Engine.Errors;

namespace TinySora.Engine.Data;

/// <summary>A stretch of a video with its caption; without a duration it reaches to the video's end.</summary>
internal sealed record CaptionedSegment(string? Caption, TimeSpan Start, TimeSpan? Duration);

/// <summary>Captions from a CSV file; a video may have several stretches, and of several captions the first counts.</summary>
internal sealed class CaptionTable
{
    /// <summary>The largest published table, MSR-VTT's 200 000 captions, has some 20 MB.</summary>
    private const long SizeLimit = 256 << 20;

    /// <summary>A row that is longer has an unclosed quote.</summary>
    private const int RecordLimit = 1 << 20;

    private readonly Dictionary<string, List<CaptionedSegment>> rows = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> used = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Videos named in the table that nobody asked for.</summary>
    public IReadOnlyList<string> Unused => [.. rows.Keys.Where(k => !used.Contains(k))];

    /// <exception cref="TinySoraException">Missing, too large, no CSV, without the columns, or a time that is none.</exception>
    public static CaptionTable Read(string path)
    {
        if (!File.Exists(path))
        {
            throw DataErrors.CaptionsUnreadable(path, "the file does not exist.");
        }

        if (new FileInfo(path).Length > SizeLimit)
        {
            throw DataErrors.CaptionsUnreadable(path, $"it is larger than {SizeLimit >> 20} MiB.");
        }

        try
        {
            using var csv = CsvReader.FromFile(path, new CsvReaderOptions
            {
                TrimWhitespace = true,
                TrackLineNumbers = true,
                MaxRecordSize = RecordLimit,
                MalformedData = CsvMalformedDataHandling.Throw,
            });
            return new CaptionTable(csv, path);
        }
        catch (Exception e) when (e is CsvFormatException or IOException or UnauthorizedAccessException)
        {
            throw DataErrors.CaptionsUnreadable(path, e.Message, e);
        }
    }

    private CaptionTable(CsvReader csv, string path)
    {
        csv.ReadHeader();
        var video = Array.Find(["video", "file", "video_id"], name => csv.TryGetFieldIndex(name, out _));
        if (video is null || !csv.TryGetFieldIndex("caption", out _))
        {
            throw DataErrors.CaptionsUnreadable(path, $"its first line names the columns {string.Join(", ", csv.Headers)}.");
        }

        while (csv.Read())
        {
            var segment = new CaptionedSegment(
                OneLine(csv.GetString("caption")), Time(csv, "start", path) ?? TimeSpan.Zero, Time(csv, "duration", path));
            var name = csv.GetString(video).Replace('\\', '/');
            if (!rows.TryGetValue(name, out var segments))
            {
                rows[name] = segments = [];
            }

            if (!segments.Any(s => s.Start == segment.Start && s.Duration == segment.Duration))
            {
                segments.Add(segment);
            }
        }
    }

    /// <summary>The stretches of the first of <paramref name="names"/> that the table has; null when it has none.</summary>
    public IReadOnlyList<CaptionedSegment>? Find(IEnumerable<string> names)
    {
        var name = names.FirstOrDefault(rows.ContainsKey);
        if (name is null)
        {
            return null;
        }

        used.Add(name);
        return rows[name];
    }

    private static TimeSpan? Time(CsvReader csv, string column, string path)
    {
        var text = csv.TryGetFieldIndex(column, out var index) ? csv.GetString(index) : "";
        if (text.Length == 0)
        {
            return null;
        }

        var time = double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds)
            ? (seconds is >= 0 and < 1e6 ? TimeSpan.FromSeconds(seconds) : null)
            : TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var span) && span >= TimeSpan.Zero ? span : (TimeSpan?)null;
        return time ?? throw DataErrors.CaptionsUnreadable(path, $"line {csv.LineNumber}: {column} is {text}.");
    }

    /// <summary>A caption file has one line.</summary>
    private static string? OneLine(string caption)
    {
        var words = caption.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        return words.Length == 0 ? null : string.Join(' ', words);
    }
}
