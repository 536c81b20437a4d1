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

    public required string ResultsPath { get; init; }

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
            var known = e as TinySoraException;
            try
            {
                Write(
                    e is OperationCanceledException ? RunState.Cancelled : RunState.Failed, null,
                    e is OperationCanceledException ? null : new Failure(known?.Id, e.Message, known?.Advice));
            }
            catch (TinySoraException)
            {
                // Report only the first failure.
            }

            throw;
        }

        Write(result.StoppedBecause, result, null);
        return result;

        void Write(RunState reason, TrainingResult? ended, Failure? error)
        {
            if (path is null)
            {
                return;
            }

            var summary = new RunSummary
            {
                StartedAt = started,
                EndedAt = DateTimeOffset.Now,
                StoppedBecause = reason,
                ResultsPath = resultsPath,
                Checkpoint = ended?.Checkpoint is { Length: > 0 } checkpoint ? checkpoint : null,
                Step = ended?.Step,
                Loss = ended?.Loss is double loss && double.IsFinite(loss) ? loss : null,
                Error = error,
            };
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
