using System.Text.Json;
using System.Text.RegularExpressions;
using TinySora.Engine.Errors;
using TinySora.Engine.Formats;

namespace TinySora.Engine.Data.Captions;

/// <summary>
/// Reads captions from a JSON or JSONL file. A JSON file is a list of objects, or an object with such a list under sentences or annotations (as in the two
/// layouts of MSR-VTT); a JSONL file has one object per line. Each object names its video under video, file, video_id or image_id and has a caption or a
/// list of captions. start, and duration or end, are optional.
/// </summary>
internal static partial class CaptionJson
{
    private static readonly string[] Lists = ["sentences", "annotations"];
    private static readonly string[] Names = ["video", "file", "video_id", "image_id"];
    private static readonly string[] Texts = ["caption", "captions"];

    /// <exception cref="TinySoraException">The file is not JSON, or an entry lacks a field; the message contains the number of the entry, from 0.</exception>
    public static IReadOnlyList<CaptionRow> Read(string path)
    {
        try
        {
            return Path.GetExtension(path).Equals(".jsonl", StringComparison.OrdinalIgnoreCase) ? Lines() : Entries();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw DataErrors.CaptionsUnreadable(path, e.Message, e);
        }

        List<CaptionRow> Lines()
        {
            var rows = new List<CaptionRow>();
            foreach (var (number, line) in File.ReadLines(path, StrictUtf8.Encoding).Index().Where(item => !string.IsNullOrWhiteSpace(item.Item)))
            {
                using var document = ParseLine(line, number + 1);
                rows.Add(Row(path, rows.Count, document.RootElement));
            }

            return rows;
        }

        List<CaptionRow> Entries()
        {
            using var document = Parse(File.ReadAllText(path, StrictUtf8.Encoding));
            var list = document.RootElement.ValueKind == JsonValueKind.Array ? document.RootElement
                : Property(document.RootElement, Lists) is { ValueKind: JsonValueKind.Array } inner ? inner
                : throw DataErrors.CaptionsUnreadable(path, $"it is neither a list nor an object with a list under {string.Join(" or ", Lists)}.");
            return [.. list.EnumerateArray().Select((entry, number) => Row(path, number, entry))];
        }

        JsonDocument ParseLine(string text, int line)
        {
            try
            {
                return Parse(text);
            }
            catch (JsonException e)
            {
                throw DataErrors.CaptionsUnreadable(path, $"line {line} is not valid JSON: {e.Message.Split(" LineNumber:")[0]}", e);
            }
        }
    }

    /// <summary>Parses JSON with unpaired surrogates, which .NET rejects, as U+FFFD, which is later removed from captions.</summary>
    private static JsonDocument Parse(string json) =>
        JsonDocument.Parse(Escape().Replace(json, escape => escape.Groups["unpaired"].Success ? @"\uFFFD" : escape.Value));

    /// <param name="number">Number of the entry in its file, from 0.</param>
    private static CaptionRow Row(string path, int number, JsonElement entry)
    {
        var video = Property(entry, Names) is { ValueKind: JsonValueKind.String } name ? name.GetString()! : throw Lacks(Names);
        string[] captions = Property(entry, Texts) switch
        {
            { ValueKind: JsonValueKind.String } one => [one.GetString()!],
            { ValueKind: JsonValueKind.Array } many when many.GetArrayLength() > 0 && many.EnumerateArray().All(c => c.ValueKind == JsonValueKind.String)
                => [.. many.EnumerateArray().Select(c => c.GetString()!)],
            _ => throw Lacks(Texts),
        };
        var start = Time("start") ?? TimeSpan.Zero;
        var duration = Time("duration") ?? (Time("end") - start);
        return duration < TimeSpan.Zero
            ? throw DataErrors.CaptionsUnreadable(path, $"the segment in entry {number} (counted from 0) ends before it starts.")
            : new CaptionRow(video, captions, start, duration);

        TimeSpan? Time(string name) => Property(entry, [name]) is { ValueKind: not JsonValueKind.Null } time && $"{time}" is { Length: > 0 } text
            ? CaptionRow.Time(text) ?? throw DataErrors.CaptionsUnreadable(path, $"entry {number} (counted from 0) has an invalid time under {name}: {text}.")
            : null;

        TinySoraException Lacks(string[] fields) =>
            DataErrors.CaptionsUnreadable(path, $"entry {number} (counted from 0) has no text under {string.Join(" or ", fields)}.");
    }

    private static JsonElement? Property(JsonElement element, string[] names)
    {
        foreach (var name in names)
        {
            if (element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value))
            {
                return value;
            }
        }

        return null;
    }

    /// <summary>Matches a surrogate pair, an unpaired surrogate, or another escaped character.</summary>
    [GeneratedRegex(@"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(?<unpaired>u[dD][89a-fA-F][0-9a-fA-F]{2})|.)")]
    private static partial Regex Escape();
}
