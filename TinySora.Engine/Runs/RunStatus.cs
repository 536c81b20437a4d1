using System.Text.Json;
using System.Text.Json.Serialization;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;
using TinySora.Engine.Training.Requests;
using TinySora.Engine.Training.Results;

namespace TinySora.Engine.Runs;

/// <summary><c>status.json</c> in a results folder: the progress of the run, for other processes.</summary>
internal sealed record RunStatus
{
    public const string Name = ResultsFolder.StatusName;

    private static readonly JsonSerializerOptions Form =
        new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true };

    /// <summary>Current state of the run, or why it ended; stored by name.</summary>
    [JsonConverter(typeof(JsonStringEnumConverter<RunState>))]
    public required RunState State { get; init; }

    /// <summary>Reason why the run failed; <c>null</c> if it has not failed.</summary>
    public string? Problem { get; init; }

    /// <inheritdoc cref="TrainingResult.Ending"/>
    public string? Ending { get; init; }

    /// <summary>A problem that needs the user's attention during the run; <c>null</c> if there is none.</summary>
    public string? Attention { get; init; }

    public int Step { get; init; }

    public int TotalSteps { get; init; }

    /// <summary>Number of steps in the configuration, which may exceed the number requested for this run; <c>null</c> until the data has been read.</summary>
    public int? ConfiguredSteps { get; init; }

    /// <summary>Smoothed loss; <c>null</c> before the first step.</summary>
    public double? Loss { get; init; }

    /// <inheritdoc cref="TrainingRun.SmallestLoss"/>
    public double? SmallestLoss { get; init; }

    public double StepsPerSecond { get; init; }

    public double? RemainingSeconds { get; init; }

    public double LearningRate { get; init; }

    /// <summary>Resident memory of the process in bytes.</summary>
    public long MemoryBytes { get; init; }

    public int ProcessId { get; init; }

    public string Device { get; init; } = "";

    public DateTimeOffset StartedAt { get; init; }

    public DateTimeOffset UpdatedAt { get; init; }

    /// <exception cref="TinySoraException">CannotWrite.</exception>
    public void Write(string folder) => AtomicFile.WriteWithoutFlush(
        Path.Combine(folder, Name), JsonSerializer.Serialize(this, Form), WeightFileErrors.CannotWrite);

    /// <summary>Reads the status of a run's folder; <c>null</c> if it is missing or cannot be read.</summary>
    public static RunStatus? Read(string folder) => BusyFile.ReadJson<RunStatus>(Path.Combine(folder, Name), Form);
}
