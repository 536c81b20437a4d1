using System.Text.Json;
using System.Text.Json.Serialization;
using TinySora.Engine.Errors;
using TinySora.Engine.Interop;

namespace TinySora.Engine.Training.Results;

/// <summary><c>metrics.jsonl</c> in a results folder: one JSON object per optimizer step.</summary>
public static class MetricsFile
{
    public const string Name = "metrics.jsonl";

    private static readonly JsonSerializerOptions Form = new() { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    /// <summary>All records of a results folder or file; a last line that a crash cut short is left out.</summary>
    public static IReadOnlyList<TrainingStep> Read(string fileOrFolder)
    {
        var path = Directory.Exists(fileOrFolder) ? Path.Combine(fileOrFolder, Name) : fileOrFolder;
        return File.Exists(path) ? [.. BusyFile.ReadLines(path).Select(Parse).OfType<TrainingStep>()] : [];
    }

    /// <exception cref="TinySoraException">CannotWrite, for example on a full disk.</exception>
    internal static void Append(string path, IEnumerable<TrainingStep> records)
    {
        try
        {
            // Put together first: writing begins once, whatever has to be waited for.
            var lines = string.Concat(records.Select(record => Line(record) + "\n"));
            BusyFile.Wait(() => File.AppendAllText(path, lines));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw CheckpointErrors.CannotWrite(path, e);
        }
    }

    /// <summary>Drops what was measured after <paramref name="step"/>: a resumed run measures it again.</summary>
    /// <exception cref="TinySoraException">CannotWrite; the file is then unchanged.</exception>
    internal static void Truncate(string path, int step)
    {
        if (File.Exists(path))
        {
            var kept = Read(path).Where(record => record.Step <= step).ToList();
            AtomicFile.WriteDurably(path, stream =>
            {
                using var writer = new StreamWriter(stream, leaveOpen: true);
                kept.ForEach(record => writer.WriteLine(Line(record)));
            }, CheckpointErrors.CannotWrite);
        }
    }

    private static string Line(TrainingStep record) => JsonSerializer.Serialize(record, Form);

    private static TrainingStep? Parse(string line)
    {
        try
        {
            return JsonSerializer.Deserialize<TrainingStep>(line, Form);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
