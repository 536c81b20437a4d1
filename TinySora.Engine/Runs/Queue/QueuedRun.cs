using System.Text.Json;
using System.Text.Json.Serialization;
using TinySora.Engine.Configuration;
using TinySora.Engine.Training.Reports;
using TinySora.Engine.Training.Requests;

namespace TinySora.Engine.Runs.Queue;

/// <summary>A run that waits for its turn, or has it: what to train, and how it is started.</summary>
public sealed record QueuedRun
{
    public required TrainingRequest Request { get; init; }

    /// <summary>The threads of the work on the processor, in each process; null: the run takes the whole machine.</summary>
    public int? Threads { get; init; }

    /// <summary>The processes that share every batch.</summary>
    public int Processes { get; init; } = 1;

    /// <summary>The file that the outcome is also written to; null: none.</summary>
    public string? SummaryPath { get; init; }

    /// <summary>The address that events of the run are posted to; null: none.</summary>
    public Uri? NotifyUri { get; init; }

    /// <summary>The kinds of events that are posted.</summary>
    public IReadOnlyList<RunEventKind> NotifyOn { get; init; } = [];

    /// <summary>The name of the entry in the queue, which stays the same when it is moved.</summary>
    [JsonIgnore]
    public string Id { get; init; } = "";

    /// <summary>What the entries of a queue are ordered by, the lowest first.</summary>
    [JsonIgnore]
    internal long Rank { get; init; }

    /// <summary>The results folder of the run.</summary>
    [JsonIgnore]
    public string ResultsPath => Path.TrimEndingDirectorySeparator(Path.GetFullPath(Request.Folder));
}

/// <summary>The queue as one look finds it, for whoever asks about many runs: its files are read once, when the first one is asked about.</summary>
internal sealed class QueueLook
{
    private readonly Lazy<IReadOnlyList<QueuedRun>> runs;
    private readonly Lazy<List<string>> waiting;

    public QueueLook(QueueFolder queue)
    {
        runs = new(queue.Runs);
        waiting = new(() => [.. runs.Value.Where(run => !queue.IsAtWork(run)).Select(run => run.Id)]);
    }

    /// <summary>All runs in the order of their turns.</summary>
    public IReadOnlyList<QueuedRun> Runs => runs.Value;

    /// <summary>The run of a results folder; null: it is not in the queue.</summary>
    public QueuedRun? Find(string resultsPath)
    {
        var folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(resultsPath));
        return Runs.FirstOrDefault(run => run.ResultsPath == folder);
    }

    /// <summary>The place of a run among those that wait, 1 the next to begin; null: it does not wait.</summary>
    public int? PositionOf(QueuedRun run) => waiting.Value.IndexOf(run.Id) is >= 0 and var index ? index + 1 : null;
}

/// <summary>What processes tell each other of runs, as a line of JSON; a configuration in it is the text of its file.</summary>
internal static class RunJson
{
    private static readonly JsonSerializerOptions Form = new()
    {
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new ConfigConverter() },
    };

    /// <summary>The content as one line of JSON.</summary>
    public static string Write<T>(T content) => JsonSerializer.Serialize(content, Form);

    public static T Read<T>(string line) => JsonSerializer.Deserialize<T>(line, Form)!;

    private sealed class ConfigConverter : JsonConverter<RunConfig>
    {
        public override RunConfig Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            ConfigFile.Parse(reader.GetString()!, "the configuration of the run");

        public override void Write(Utf8JsonWriter writer, RunConfig value, JsonSerializerOptions options) =>
            writer.WriteStringValue(ConfigFile.ToYaml(value));
    }
}
