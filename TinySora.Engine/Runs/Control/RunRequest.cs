using System.Text.Json;
using System.Text.Json.Serialization;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;
using TinySora.Engine.Training.Results;

namespace TinySora.Engine.Runs.Control;

/// <summary>A request to a run that is running or paused.</summary>
public sealed record RunRequest(RunAction Action)
{
    /// <summary>Learning rate for <see cref="RunAction.SetLearningRate"/>, which replaces <c>trainer.train_lr</c> of the configuration.</summary>
    public double? LearningRate { get; init; }

    /// <summary>Prompts for <see cref="RunAction.Preview"/>, one clip each; <c>null</c> for a sample grid with captions from the data.</summary>
    public IReadOnlyList<string>? Prompts { get; init; }

    /// <summary>Noise seed of the first prompt, incremented by 1 for each additional prompt; <c>null</c> for the run's seed.</summary>
    public long? Seed { get; init; }
}

/// <summary>
/// Exchanges requests and answers with a run in this or another process. Requests and answers are small files, written atomically, in a subfolder of the
/// results folder that the run checks between steps.
/// </summary>
internal static class RunMailbox
{
    public const string RequestEnding = ResultsFolder.RequestEnding;
    public const string AnswerEnding = ResultsFolder.AnswerEnding;

    private static readonly JsonSerializerOptions Form = new() { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    public static string In(string resultsFolder) => Path.Combine(resultsFolder, ResultsFolder.MailboxName);

    /// <summary>Returns the request files, oldest first; empty if the files cannot be listed, in which case the run tries again later.</summary>
    public static IReadOnlyList<string> Requests(string mailbox) =>
        OnFailure.Return<IReadOnlyList<string>>([], () => [.. Directory.GetFiles(mailbox, "*" + RequestEnding).Order(StringComparer.Ordinal)]);

    public static void Write<T>(string path, T content) => AtomicFile.WriteWithoutFlush(
        path, JsonSerializer.Serialize(content, Form), TrainingErrors.CannotReachRun);

    /// <summary>Reads a request or answer file; returns <c>null</c> if the file is not valid.</summary>
    public static T? Read<T>(string path)
        where T : class => BusyFile.ReadJson<T>(path, Form);
}

/// <summary>Actions that a run can carry out between steps or while it is paused.</summary>
public enum RunAction
{
    Suspend,
    Resume,
    Stop,
    Save,
    SetLearningRate,
    Preview,
}

/// <summary>The answer to a request.</summary>
/// <param name="Step">Number of completed steps when the request was carried out.</param>
/// <param name="Path">Path of the written file, if any.</param>
public sealed record RunAnswer(int Step, string? Path)
{
    /// <summary>Reason for refusing the request; <c>null</c> if the request was carried out.</summary>
    public Refusal? Refused { get; init; }

    /// <summary>A <see cref="TinySoraException"/> in serializable form.</summary>
    public sealed record Refusal(string Id, ErrorKind Kind, string? Target, string Message, string Advice)
    {
        internal static Refusal Of(TinySoraException e) => new(e.Id, e.Kind, e.Target?.ToString(), e.Message, e.Advice);

        /// <summary>Returns the error of the other process as an exception.</summary>
        internal TinySoraException ToException() => new(Id, Kind, Target, Message, Advice);
    }
}
