using System.Text.Encodings.Web;
using System.Text.Json;
using TinySora.Engine.Data.Captions;
using TinySora.Engine.Errors;

namespace TinySora.Engine.Data.Corpora;

/// <summary>A video and all its captions, as listed in the captions file of a corpus.</summary>
/// <param name="File">Name of the video in its folder.</param>
internal sealed record CaptionEntry(string File, IReadOnlyList<string> Captions)
{
    private static readonly JsonSerializerOptions Form = new()
    {
        WriteIndented = true, IndentSize = 4, NewLine = "\n", PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>
    /// Reads the videos in a JSON, JSONL or CSV file, in the order of their first appearance. A video may have one object with all captions or one object
    /// per caption.
    /// </summary>
    /// <exception cref="TinySoraException">
    /// CaptionsUnreadable: the file is missing or has no entries, or an entry lacks a field or a file name or refers to a segment of a video.
    /// </exception>
    public static IReadOnlyList<CaptionEntry> Read(string path)
    {
        var rows = CaptionTable.Rows(path);
        if (rows.FirstOrDefault(row => row.Start != TimeSpan.Zero || row.Duration is not null) is { } stretch)
        {
            throw DataErrors.CaptionsUnreadable(path, $"an entry refers to a segment of '{stretch.Video}', but a corpus consists of whole videos.");
        }

        if (rows.FirstOrDefault(row => row.Video.Contains('\0', StringComparison.Ordinal)) is { } nameless)
        {
            throw DataErrors.CaptionsUnreadable(path, $"'{nameless.Video.Replace('\0', '?')}' is not a valid file name.");
        }

        return rows.Count == 0
            ? throw DataErrors.CaptionsUnreadable(path, "the file has no entries.")
            : [.. rows.GroupBy(row => row.Video, (file, same) => new CaptionEntry(file, [.. same.SelectMany(row => row.Captions)]))];
    }

    /// <summary>Returns the text of annotations.json, indented by four spaces like the output of Python's json.dump.</summary>
    public static string ToJson(IEnumerable<CaptionEntry> entries) => JsonSerializer.Serialize(entries, Form) + "\n";
}
