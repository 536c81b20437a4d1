using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using TinySora.Engine.Data.Captions;
using TinySora.Engine.Errors;

namespace TinySora.Engine.Data.Corpora;

/// <summary>A video and everything that is said of it, as the captions file of a corpus lists it.</summary>
/// <param name="File">Its name in the folder of the videos.</param>
internal sealed record CaptionEntry(string File, IReadOnlyList<string> Captions)
{
    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>
    /// The videos of a JSON, JSONL or CSV file in the order in which they first appear. One object with all captions and one
    /// object for each caption mean the same.
    /// </summary>
    /// <exception cref="TinySoraException">
    /// CaptionsUnreadable: no such file, an entry that lacks a field or names no file, no entry, or stretches of videos.
    /// </exception>
    public static IReadOnlyList<CaptionEntry> Read(string path)
    {
        var rows = CaptionTable.Rows(path);
        if (rows.FirstOrDefault(row => row.Start != TimeSpan.Zero || row.Duration is not null) is { } stretch)
        {
            throw DataErrors.CaptionsUnreadable(path, $"it names a stretch of '{stretch.Video}'; a corpus has whole videos.");
        }

        if (rows.FirstOrDefault(row => row.Video.Contains('\0', StringComparison.Ordinal)) is { } nameless)
        {
            throw DataErrors.CaptionsUnreadable(path, $"'{nameless.Video.Replace('\0', '?')}' is no file name.");
        }

        return rows.Count == 0
            ? throw DataErrors.CaptionsUnreadable(path, "it has no entry.")
            : [.. rows.GroupBy(row => row.Video, (file, same) => new CaptionEntry(file, [.. same.SelectMany(row => row.Captions)]))];
    }

    /// <summary>The text of annotations.json, indented by four as Python's json.dump does.</summary>
    public static string ToJson(IEnumerable<CaptionEntry> entries)
    {
        var text = new StringBuilder("[");
        var separator = "\n";
        foreach (var entry in entries)
        {
            text.Append(separator)
                .Append("    {\n        \"file\": ").Append(Quoted(entry.File)).Append(",\n        \"captions\": [\n")
                .AppendJoin(",\n", entry.Captions.Select(caption => $"            {Quoted(caption)}"))
                .Append("\n        ]\n    }");
            separator = ",\n";
        }

        return text.Append(separator == "\n" ? "]\n" : "\n]\n").ToString();
    }

    private static string Quoted(string text) => JsonSerializer.Serialize(text, Readable);
}
