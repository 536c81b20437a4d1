using System.Text.Json;
using System.Text.Json.Serialization;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;
using TinySora.Engine.Training.Requests;
using TinySora.Engine.Training.Results;

namespace TinySora.Engine.Runs;

/// <summary><c>status.json</c> in a results folder: how far the run is, for whoever looks at it from outside.</summary>
internal sealed record RunStatus
{
    public const string Name = ResultsFolder.StatusName;

    private static readonly JsonSerializerOptions Form =
        new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true };

    /// <summary>What the run is doing, or why it ended; its name in the file.</summary>
    [JsonConverter(typeof(JsonStringEnumConverter<RunState>))]
    public required RunState State { get; init; }

    /// <summary>The reason for the failure; null: the run has not failed.</summary>
    public string? Problem { get; init; }

    /// <inheritdoc cref="TrainingResult.Ending"/>
    public string? Ending { get; init; }

    /// <summary>What somebody should look at while the run goes on; null: nothing.</summary>
    public string? Attention { get; init; }

    public int Step { get; init; }

    public int TotalSteps { get; init; }

    /// <summary>The steps that the configuration asks for, which whoever started the run may have cut off; null: its data is not read yet.</summary>
    public int? ConfiguredSteps { get; init; }

    /// <summary>The smoothed loss; null before the first step.</summary>
    public double? Loss { get; init; }

    public double StepsPerSecond { get; init; }

    public double? RemainingSeconds { get; init; }

    public double LearningRate { get; init; }

    /// <summary>The resident memory of the process, in bytes.</summary>
    public long MemoryBytes { get; init; }

    public int ProcessId { get; init; }

    public string Device { get; init; } = "";

    public DateTimeOffset StartedAt { get; init; }

    public DateTimeOffset UpdatedAt { get; init; }

    /// <exception cref="TinySoraException">CannotWrite.</exception>
    public void Write(string folder) => AtomicFile.WriteFleeting(
        Path.Combine(folder, Name), JsonSerializer.Serialize(this, Form), WeightFileErrors.CannotWrite);

    /// <summary>Reads the status of a run's folder; null where there is none that can be read.</summary>
    public static RunStatus? Read(string folder)
    {
        try
        {
            return JsonSerializer.Deserialize<RunStatus>(BusyFile.ReadText(Path.Combine(folder, Name)), Form);
        }
        catch (Exception e) when (FileFailure.Is(e) || e is JsonException)
        {
            return null;
        }
    }
}
