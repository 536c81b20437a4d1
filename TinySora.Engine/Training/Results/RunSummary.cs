using System.Text.Json;
using System.Text.Json.Serialization;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;
using TinySora.Engine.Training.Requests;

namespace TinySora.Engine.Training.Results;

/// <summary>Outcome of one call that starts or resumes a training run. It is written as a JSON file for job schedulers.</summary>
public sealed record RunSummary
{
    private static readonly JsonSerializerOptions Form =
        new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true };

    public required DateTimeOffset StartedAt { get; init; }

    public required DateTimeOffset EndedAt { get; init; }

    /// <summary>Reason why training ended, stored by name.</summary>
    [JsonConverter(typeof(JsonStringEnumConverter<RunState>))]
    public required RunState StoppedBecause { get; init; }

    /// <summary>Folder of the run; <c>null</c> if the command failed before it was known.</summary>
    public string? ResultsPath { get; init; }

    /// <summary>Path of the newest checkpoint; <c>null</c> if there is none, or if training failed.</summary>
    public string? Checkpoint { get; init; }

    public int? Step { get; init; }

    /// <summary>Smoothed loss after the last step.</summary>
    public double? Loss { get; init; }

    /// <summary>The error that ended training; <c>null</c> if training succeeded.</summary>
    public Failure? Error { get; init; }

    /// <summary>Calls <paramref name="train"/> and writes its outcome, even if it fails. An existing summary is replaced.</summary>
    /// <param name="path">Path of the file; <c>null</c> to write none.</param>
    /// <exception cref="TinySoraException">NoSummary, CannotWrite, and errors from <paramref name="train"/>.</exception>
    public static TrainingResult Record(string? path, string resultsPath, Func<TrainingResult> train)
    {
        // If the path of the results folder is a file, training itself reports the error.
        if (path is not null && !File.Exists(resultsPath))
        {
            AtomicFile.Check(path, WeightFileErrors.CannotWrite);
            if (File.Exists(path) && !IsSummary(path))
            {
                throw TrainingErrors.NoSummary(path);
            }
        }

        var started = DateTimeOffset.Now;
        TrainingResult result;
        try
        {
            result = train();
        }
        catch (Exception e)
        {
            RecordFailure(path, resultsPath, started, e);
            throw;
        }

        Write(path, new RunSummary
        {
            StartedAt = started,
            EndedAt = DateTimeOffset.Now,
            StoppedBecause = result.StoppedBecause,
            ResultsPath = resultsPath,
            Checkpoint = result.Checkpoint is { Length: > 0 } checkpoint ? checkpoint : null,
            Step = result.Step,
            Loss = double.IsFinite(result.Loss) ? result.Loss : null,
        });
        return result;
    }

    /// <summary>Writes that a call failed or was cancelled. An existing summary is replaced, any other file is not.</summary>
    /// <param name="path">Path of the file; <c>null</c> to write none.</param>
    /// <param name="resultsPath">Folder of the run; <c>null</c> if the call failed before it was known.</param>
    public static void RecordFailure(string? path, string? resultsPath, DateTimeOffset startedAt, Exception failure)
    {
        if (path is null || (File.Exists(path) && !IsSummary(path)))
        {
            return;
        }

        var isCancelled = failure is OperationCanceledException;
        var known = failure as TinySoraException;
        try
        {
            AtomicFile.Check(path, WeightFileErrors.CannotWrite);
            Write(path, new RunSummary
            {
                StartedAt = startedAt,
                EndedAt = DateTimeOffset.Now,
                StoppedBecause = isCancelled ? RunState.Cancelled : RunState.Failed,
                ResultsPath = resultsPath,
                Error = isCancelled ? null : new Failure(known?.Id, failure.Message, known?.Advice),
            });
        }
        catch (TinySoraException)
        {
            // Report only the first failure.
        }
    }

    private static void Write(string? path, RunSummary summary)
    {
        if (path is not null)
        {
            AtomicFile.WriteText(path, JsonSerializer.Serialize(summary, Form), WeightFileErrors.CannotWrite);
        }
    }

    /// <summary>Returns whether a file is empty or contains an earlier summary.</summary>
    private static bool IsSummary(string path)
    {
        try
        {
            var text = BusyFile.ReadText(path);
            return text.Trim('\0').Length == 0 || JsonSerializer.Deserialize<RunSummary>(text, Form) is not null;
        }
        catch (Exception e) when (FileFailure.Is(e) || e is JsonException)
        {
            return false;
        }
    }

    /// <param name="Id">ID of the error; <c>null</c> for a defect in TinySora.</param>
    public sealed record Failure(string? Id, string Message, string? Advice);
}
