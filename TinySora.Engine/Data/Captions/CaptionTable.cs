using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;
using TinySora.Engine.Media.Formats;

namespace TinySora.Engine.Data.Captions;

/// <summary>A row in a table: a segment of a video with its captions. A segment without a duration extends to the end of the video.</summary>
internal sealed partial record CaptionRow(string Video, IReadOnlyList<string> Captions, TimeSpan Start, TimeSpan? Duration)
{
    /// <summary>
    /// Parses a time from a table: seconds, m:ss, h:mm:ss or d.hh:mm:ss. The first number of a clock time may have any size, as in 25:00:00 and 90:00, which
    /// <see cref="TimeSpan"/> reads as days or not at all. A decimal comma is accepted unless it could separate thousands, as in 1,234. Returns <c>null</c> if
    /// the text is not a time.
    /// </summary>
    public static TimeSpan? Time(string text)
    {
        text = DecimalComma().Replace(text.Trim(), "$1.");
        var seconds = double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var plain) ? plain
            : Clock().Match(text) is { Success: true } clock ? Seconds(clock.Groups)
            : double.NaN;

        // TimeSpan.FromSeconds would truncate 0.29 s to 0.2899999 s.
        return seconds is >= 0 and < 1e6 ? TimeSpan.FromTicks((long)Math.Round(seconds * TimeSpan.TicksPerSecond)) : null;
    }

    /// <returns>The time in seconds; NaN if a number other than the first exceeds its range on a clock.</returns>
    private static double Seconds(GroupCollection clock)
    {
        var (days, hours, minutes, seconds) = (Number("days"), Number("hours"), Number("minutes"), Number("seconds"));
        var isClock = seconds < 60 && (minutes < 60 || !clock["hours"].Success) && (hours < 24 || !clock["days"].Success);
        return isClock ? (((((days * 24) + hours) * 60) + minutes) * 60) + seconds : double.NaN;

        double Number(string name) => clock[name].Success ? double.Parse(clock[name].Value, CultureInfo.InvariantCulture) : 0;
    }

    [GeneratedRegex(@"^((?<days>[0-9]+)\.(?=[0-9]+:[0-9]+:))?((?<hours>[0-9]+):(?=[0-9]+:))?(?<minutes>[0-9]+):(?<seconds>[0-9]+(\.[0-9]*)?)$")]
    private static partial Regex Clock();

    /// <summary>Matches an integer before a decimal comma.</summary>
    [GeneratedRegex("^(0|[0-9]*:[0-9:]*[0-9]|[0-9]+(?!,[0-9]{3}$)),(?=[0-9]+$)")]
    private static partial Regex DecimalComma();
}

/// <summary>A segment of a video with its distinct captions, in the order of the table; the captions are empty if the table has none.</summary>
internal sealed record CaptionedSegment(IReadOnlyList<string> Captions, TimeSpan Start, TimeSpan? Duration);

/// <summary>Captions from a CSV, JSON or JSONL file; a video may have several segments, and a segment several captions.</summary>
internal sealed class CaptionTable
{
    /// <summary>Maximum file size in bytes. The largest published table (MSR-VTT, with 200 000 captions) is about 30 MB in size.</summary>
    private const long SizeLimit = 256 << 20;

    private readonly Dictionary<string, List<(TimeSpan Start, TimeSpan? Duration, List<string> Captions)>> rows = new(StringComparer.Ordinal);
    private readonly HashSet<string> used = new(StringComparer.Ordinal);
    private readonly List<string> cleaned = [];

    /// <summary>Maps names that differ only in letter case or Unicode normalization to the first of them.</summary>
    private readonly Dictionary<string, string> alike = new(StringComparer.OrdinalIgnoreCase);

    private CaptionTable(IEnumerable<CaptionRow> table)
    {
        foreach (var row in table)
        {
            var name = Plain(row.Video);
            cleaned.AddRange(row.Captions.Where(CaptionText.HasUnprintable).Select(_ => row.Video));
            alike.TryAdd(Composed(name), name);
            if (!rows.TryGetValue(name, out var segments))
            {
                rows[name] = segments = [];
            }

            var captions = segments.Find(s => s.Start == row.Start && s.Duration == row.Duration).Captions;
            if (captions is null)
            {
                segments.Add((row.Start, row.Duration, captions = []));
            }

            captions.AddRange(row.Captions.Select(CaptionText.OneLine).Where(c => c.Length > 0).Except(captions));
        }
    }

    /// <summary>Names of videos in the table that <see cref="Find"/> has not returned so far.</summary>
    public IReadOnlyList<string> Unused => [.. rows.Keys.Where(k => !used.Contains(k))];

    /// <summary>Videos with captions from which characters were removed.</summary>
    public IReadOnlyList<string> Cleaned => cleaned;

    /// <summary>Returns whether a file may be a caption table, judging by its extension.</summary>
    public static bool IsTable(string path) => Path.GetExtension(path).ToLowerInvariant() is ".csv" or ".json" or ".jsonl";

    /// <exception cref="TinySoraException">The file is missing, too large or in another format, lacks a column, or has an invalid time.</exception>
    public static CaptionTable Read(string path) => new(Rows(path));

    /// <summary>Reads the rows in order, each with all of its captions.</summary>
    /// <inheritdoc cref="Read"/>
    public static IReadOnlyList<CaptionRow> Rows(string path)
    {
        if (!File.Exists(path))
        {
            throw DataErrors.SourceMissing(path);
        }

        if (FileStamp.Of(path) is { Length: > SizeLimit })
        {
            throw DataErrors.CaptionsUnreadable(path, $"the file is larger than {SizeLimit >> 20} MiB.");
        }

        try
        {
            return Path.GetExtension(path).ToLowerInvariant() is ".json" or ".jsonl" ? CaptionJson.Read(path) : CaptionCsv.Read(path);
        }
        catch (DecoderFallbackException e)
        {
            throw DataErrors.CaptionsUnreadable(path, FileSignature.OfFile(path) is { Extension: ".zip" }
                ? "the file is a zip archive such as .xlsx or .ods, not text. Save the table as CSV."
                : "the file is not UTF-8 text, and it has no byte order mark for another encoding.", e);
        }
        catch (Exception e) when (FileFailure.Is(e))
        {
            throw DataErrors.CaptionsUnreadable(path, e.Message, e);
        }
    }

    /// <summary>
    /// Returns the segments for the first of <paramref name="names"/> that is in the table; <c>null</c> if the table contains none of them. Letter case and
    /// Unicode normalization are ignored if there is no exact match.
    /// </summary>
    public IReadOnlyList<CaptionedSegment>? Find(IEnumerable<string> names)
    {
        string[] plain = [.. names.Select(Plain)];
        var name = plain.FirstOrDefault(rows.ContainsKey) ?? plain.Select(n => alike.GetValueOrDefault(Composed(n))).FirstOrDefault(found => found is not null);
        if (name is null)
        {
            return null;
        }

        used.Add(name);
        return [.. rows[name].Select(s => new CaptionedSegment(s.Captions, s.Start, s.Duration))];
    }

    /// <summary>Normalizes a path: uses / as the separator and removes redundant parts, such as those in ./a//b/../c.mp4.</summary>
    private static string Plain(string path)
    {
        var parts = new List<string>();
        foreach (var (part, index) in path.Replace('\\', '/').Split('/').Select((part, index) => (part, index)))
        {
            if (part == ".." && parts is [.., not ("" or "..")])
            {
                parts.RemoveAt(parts.Count - 1);
            }
            else if (part != "." && (part.Length > 0 || index == 0))
            {
                parts.Add(part);
            }
        }

        return string.Join('/', parts);
    }

    /// <summary>Combines each letter and its accents into one character. File names on macOS may contain them as separate characters.</summary>
    internal static string Composed(string name)
    {
        try
        {
            return name.Normalize();
        }
        catch (ArgumentException)
        {
            return name; // The name contains half a surrogate pair, which Windows allows.
        }
    }
}
