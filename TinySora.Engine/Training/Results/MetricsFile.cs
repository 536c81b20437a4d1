using System.Text.Json;
using System.Text.Json.Serialization;
using TinySora.Engine.Errors;
using TinySora.Engine.Interop;

namespace TinySora.Engine.Training;

/// <summary>What one optimizer step measured. A step that was skipped has none.</summary>
/// <param name="Step">Steps completed, this one included.</param>
/// <param name="GradientNorm">Global norm of the gradient before clipping.</param>
/// <param name="ClipsPerSecond">Clips trained on per second.</param>
/// <param name="Elapsed">Training time so far in seconds, over all resumptions.</param>
public sealed record TrainingStep(
    [property: JsonPropertyName("step")] int Step,
    [property: JsonPropertyName("loss")] double Loss,
    [property: JsonPropertyName("lr")] double LearningRate,
    [property: JsonPropertyName("grad_norm")] double GradientNorm,
    [property: JsonPropertyName("clips_per_second")] double ClipsPerSecond,
    [property: JsonPropertyName("elapsed")] double Elapsed)
{
    /// <summary>What else was measured at this step by name: parts of the loss, and <c>val.*</c> of a validation. Null: nothing.</summary>
    [JsonPropertyName("scalars")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, double>? Scalars { get; init; }

    /// <summary>The folder of the run; null in what is read from there.</summary>
    [JsonIgnore]
    public string? ResultsPath { get; init; }

    /// <summary>The checkpoint that was saved after this step.</summary>
    [JsonIgnore]
    public string? Checkpoint { get; init; }

    /// <summary>The sample grid that was drawn after this step.</summary>
    [JsonIgnore]
    public string? Sample { get; init; }
}

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
