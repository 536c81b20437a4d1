using System.Text.Json;
using System.Text.Json.Serialization;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;
using TinySora.Engine.Training.Requests;

namespace TinySora.Engine.Training.Results;

/// <summary>How one call of a training run ended, for whoever scheduled it: a JSON file.</summary>
public sealed record RunSummary
{
    private static readonly JsonSerializerOptions Form =
        new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true };

    public required DateTimeOffset StartedAt { get; init; }

    public required DateTimeOffset EndedAt { get; init; }

    /// <summary>Why the call ended; its name in the file.</summary>
    [JsonConverter(typeof(JsonStringEnumConverter<RunState>))]
    public required RunState StoppedBecause { get; init; }

    public required string ResultsPath { get; init; }

    /// <summary>The newest checkpoint; null where there is none, or the call failed.</summary>
    public string? Checkpoint { get; init; }

    public int? Step { get; init; }

    /// <summary>The smoothed loss of the last step.</summary>
    public double? Loss { get; init; }

    /// <summary>The failure; null where there was none.</summary>
    public Failure? Error { get; init; }

    /// <summary>Calls <paramref name="train"/> and writes how it ended, failures included, over what an earlier call wrote there.</summary>
    /// <param name="path">Null: nowhere.</param>
    /// <exception cref="TinySoraException">NoSummary, CannotWrite, and whatever <paramref name="train"/> throws.</exception>
    public static TrainingResult Record(string? path, string resultsPath, Func<TrainingResult> train)
    {
        // A file in place of the folder of results is told by the training itself.
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
                // The first failure is the one to report.
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

    /// <summary>Whether a file is what an earlier call wrote, or holds nothing.</summary>
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

    /// <param name="Id">Null for a defect of TinySora.</param>
    public sealed record Failure(string? Id, string Message, string? Advice);
}
