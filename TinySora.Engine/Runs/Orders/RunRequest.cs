using System.Text.Json;
using System.Text.Json.Serialization;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;
using TinySora.Engine.Training.Results;

namespace TinySora.Engine.Runs.Orders;

/// <summary>One order to a live run.</summary>
public sealed record RunRequest(RunAction Action)
{
    /// <summary>The learning rate that <see cref="RunAction.SetLearningRate"/> puts in place of the configuration's train_lr.</summary>
    public double? LearningRate { get; init; }

    /// <summary>The prompts of <see cref="RunAction.Preview"/>, a clip for each; null: a sample grid with captions of the data.</summary>
    public IReadOnlyList<string>? Prompts { get; init; }

    /// <summary>The seed of the first prompt's noise; the others count on. Null: the run's.</summary>
    public long? Seed { get; init; }
}

/// <summary>
/// How orders reach a run, from its own process or any other: a small file each in a folder of the results folder, which the run
/// looks into between its steps, and one back. Files appear whole or not at all.
/// </summary>
internal static class RunMailbox
{
    public const string RequestEnding = ".request";
    public const string AnswerEnding = ResultsFolder.AnswerEnding;

    private static readonly JsonSerializerOptions Form = new() { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    public static string In(string resultsFolder) => Path.Combine(resultsFolder, ResultsFolder.MailboxName);

    /// <summary>The files of orders, the oldest first; none where they cannot be listed, which is no reason to end a run: it looks again.</summary>
    public static IReadOnlyList<string> Requests(string mailbox) =>
        OnFailure.Return<IReadOnlyList<string>>([], () => [.. Directory.GetFiles(mailbox, "*" + RequestEnding).Order(StringComparer.Ordinal)]);

    public static void Write<T>(string path, T content) => AtomicFile.WriteFleeting(
        path, JsonSerializer.Serialize(content, Form), TrainingErrors.CannotReachRun);

    /// <summary>Reads a file of an order or an answer; null for any other file.</summary>
    public static T? Read<T>(string path)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize<T>(BusyFile.ReadText(path), Form);
        }
        catch (Exception e) when (FileFailure.Is(e) || e is JsonException)
        {
            return null;
        }
    }
}

/// <summary>What a live run can be asked to do between two steps.</summary>
public enum RunAction
{
    Suspend,
    Resume,
    Stop,
    Save,
    SetLearningRate,
    Preview,
}

/// <summary>The answer to an order.</summary>
/// <param name="Step">Steps completed when it was carried out.</param>
/// <param name="Path">The file that was written, where it was to write one.</param>
public sealed record RunAnswer(int Step, string? Path)
{
    /// <summary>The refusal of the order; null: it was carried out.</summary>
    public Refusal? Refused { get; init; }

    /// <summary>A <see cref="TinySoraException"/> on its way to another process.</summary>
    public sealed record Refusal(string Id, ErrorKind Kind, string? Target, string Message, string Advice)
    {
        internal static Refusal Of(TinySoraException e) => new(e.Id, e.Kind, e.Target?.ToString(), e.Message, e.Advice);

        /// <summary>The error of the other process as one of this process.</summary>
        internal TinySoraException Arrived() => new(Id, Kind, Target, Message, Advice);
    }
}
