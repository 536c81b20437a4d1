using System.Text.Encodings.Web;
using System.Text.Json;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;
using TinySora.Engine.Training.Results;

namespace TinySora.Engine.Runs;

/// <summary><c>notes.json</c> in a results folder: the user's tags and note about a run, which may change at any time.</summary>
/// <param name="Tags">Tags for finding the run; <c>null</c> if not specified.</param>
/// <param name="Note">Free text about the run; <c>null</c> if not specified.</param>
public sealed record RunNotes(IReadOnlyList<string>? Tags = null, string? Note = null)
{
    private static readonly JsonSerializerOptions Form = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Reads the notes of a run; empty if they cannot be read.</summary>
    public static RunNotes Read(string folder) => BusyFile.ReadJson<RunNotes>(Path.Combine(folder, ResultsFolder.NotesName), Form) ?? new();

    /// <summary>Writes the values that are not <c>null</c>. Existing values are kept for the others.</summary>
    /// <exception cref="TinySoraException">CannotWrite.</exception>
    public void Update(string folder)
    {
        if (this == new RunNotes())
        {
            return;
        }

        var before = Read(folder);
        var tags = Tags?.Select(tag => tag.Trim()).Where(tag => tag.Length > 0).Distinct(StringComparer.Ordinal).ToList();
        var text = JsonSerializer.SerializeToUtf8Bytes(new RunNotes(tags ?? before.Tags, Note ?? before.Note), Form);
        AtomicFile.WriteStream(Path.Combine(folder, ResultsFolder.NotesName), stream => stream.Write(text), WeightFileErrors.CannotWrite);
    }
}
