using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using TinySora.Engine.Errors;
using TinySora.Engine.Media.Formats;

namespace TinySora.Engine.Data.Captions;

/// <summary>A row of a table: a stretch of a video with its captions; without a duration it reaches to the video's end.</summary>
internal sealed partial record CaptionRow(string Video, IReadOnlyList<string> Captions, TimeSpan Start, TimeSpan? Duration)
{
    /// <summary>
    /// Parses a time as tables have it: in seconds, as m:ss, h:mm:ss or d.hh:mm:ss. The first number of a clock time may be of any size, as in 25:00:00
    /// and 90:00, which <see cref="TimeSpan"/> reads as days or not at all. A comma in place of the decimal point is read where it cannot part thousands,
    /// so not in 1,234. `null` if it is not a time.
    /// </summary>
    public static TimeSpan? Time(string text)
    {
        text = DecimalComma().Replace(text.Trim(), "$1.");
        var seconds = double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var plain) ? plain
            : Clock().Match(text) is { Success: true } clock ? Seconds(clock.Groups)
            : double.NaN;
        return seconds is >= 0 and < 1e6 ? TimeSpan.FromSeconds(seconds) : null;
    }

    /// <returns>NaN if a number but the first is larger than a clock shows.</returns>
    private static double Seconds(GroupCollection clock)
    {
        var (days, hours, minutes, seconds) = (Number("days"), Number("hours"), Number("minutes"), Number("seconds"));
        var isClock = seconds < 60 && (minutes < 60 || !clock["hours"].Success) && (hours < 24 || !clock["days"].Success);
        return isClock ? (((((days * 24) + hours) * 60) + minutes) * 60) + seconds : double.NaN;

        double Number(string name) => clock[name].Success ? double.Parse(clock[name].Value, CultureInfo.InvariantCulture) : 0;
    }

    [GeneratedRegex(@"^((?<days>[0-9]+)\.(?=[0-9]+:[0-9]+:))?((?<hours>[0-9]+):(?=[0-9]+:))?(?<minutes>[0-9]+):(?<seconds>[0-9]+(\.[0-9]*)?)$")]
    private static partial Regex Clock();

    /// <summary>The whole number before a decimal comma.</summary>
    [GeneratedRegex("^(0|[0-9]*:[0-9:]*[0-9]|[0-9]+(?!,[0-9]{3}$)),(?=[0-9]+$)")]
    private static partial Regex DecimalComma();
}

/// <summary>A stretch of a video and what was said of it, each once, in the order of the table; none if nothing was.</summary>
internal sealed record CaptionedSegment(IReadOnlyList<string> Captions, TimeSpan Start, TimeSpan? Duration);

/// <summary>Captions from a CSV, JSON or JSONL file; a video may have several stretches, and a stretch several captions.</summary>
internal sealed class CaptionTable
{
    /// <summary>The largest published table, MSR-VTT's 200 000 captions, has some 30 MB.</summary>
    private const long SizeLimit = 256 << 20;

    private readonly Dictionary<string, List<(TimeSpan Start, TimeSpan? Duration, List<string> Captions)>> rows = new(StringComparer.Ordinal);
    private readonly HashSet<string> used = new(StringComparer.Ordinal);
    private readonly List<string> cleaned = [];

    /// <summary>The first of the names that differ in the case of letters alone, or in how Unicode writes those with accents.</summary>
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

    /// <summary>The videos that the table names and that were not asked for.</summary>
    public IReadOnlyList<string> Unused => [.. rows.Keys.Where(k => !used.Contains(k))];

    /// <summary>The video of each caption that had characters which were removed.</summary>
    public IReadOnlyList<string> Cleaned => cleaned;

    /// <summary>Whether a file's name says that it may be a table.</summary>
    public static bool IsTable(string path) => Path.GetExtension(path).ToLowerInvariant() is ".csv" or ".json" or ".jsonl";

    /// <exception cref="TinySoraException">Missing, too large, of another format, without the columns, or a time that is none.</exception>
    public static CaptionTable Read(string path) => new(Rows(path));

    /// <summary>The rows in their order, each with every caption that it has.</summary>
    /// <inheritdoc cref="Read"/>
    public static IReadOnlyList<CaptionRow> Rows(string path)
    {
        if (!File.Exists(path))
        {
            throw DataErrors.SourceMissing(path);
        }

        if (new FileInfo(path).Length > SizeLimit)
        {
            throw DataErrors.CaptionsUnreadable(path, $"it is larger than {SizeLimit >> 20} MiB.");
        }

        try
        {
            return Path.GetExtension(path).ToLowerInvariant() is ".json" or ".jsonl" ? CaptionJson.Read(path) : CaptionCsv.Read(path);
        }
        catch (DecoderFallbackException e)
        {
            throw DataErrors.CaptionsUnreadable(path, FileSignature.OfFile(path) is { Extension: ".zip" }
                ? "it is a zip archive, as .xlsx and .ods are, and no text. Save the table as CSV."
                : "it is not in UTF-8, and no byte order mark says in what.", e);
        }
        catch (Exception e) when (FileFailure.Is(e))
        {
            throw DataErrors.CaptionsUnreadable(path, e.Message, e);
        }
    }

    /// <summary>
    /// The stretches of the first of <paramref name="names"/> that the table has, or has with letters of another case or form; null when it has none.
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

    /// <summary>A path with / between its parts and no part that leads nowhere, as ./a//b/../c.mp4 has some.</summary>
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

    /// <summary>A name whose letters have their accents with them, as keyboards write it; macOS' files have them apart.</summary>
    internal static string Composed(string name)
    {
        try
        {
            return name.Normalize();
        }
        catch (ArgumentException)
        {
            return name; // half a character, which Windows' file system allows
        }
    }
}
