using System.Text.Json;
using System.Text.Json.Serialization;
using TinySora.Engine.Configuration;
using TinySora.Engine.Files;
using TinySora.Engine.Training.Reports;
using TinySora.Engine.Training.Requests;

namespace TinySora.Engine.Runs.Queue;

/// <summary>A waiting or active run in the queue: what to train, and how to start it.</summary>
public sealed record QueuedRun
{
    public required TrainingRequest Request { get; init; }

    /// <summary>Number of CPU threads per process; <c>null</c> to use all processors of the machine.</summary>
    public int? Threads { get; init; }

    /// <summary>Number of processes among which every batch is divided.</summary>
    public int Processes { get; init; } = 1;

    /// <summary>Path of an additional file to write the result of the run to; <c>null</c> for none.</summary>
    public string? SummaryPath { get; init; }

    /// <summary>Address to post the run's events to; <c>null</c> for none.</summary>
    public Uri? NotifyUri { get; init; }

    /// <summary>Kinds of events to post.</summary>
    public IReadOnlyList<RunEventKind> NotifyOn { get; init; } = [];

    /// <summary>Identifier of the entry, which does not change when the entry moves in the queue.</summary>
    [JsonIgnore]
    public string Id { get; init; } = "";

    /// <summary>Sort key of the entries, lowest first.</summary>
    [JsonIgnore]
    internal long Rank { get; init; }

    /// <summary>Results folder of the run.</summary>
    [JsonIgnore]
    public string ResultsPath => FolderOf(Request.Folder);

    /// <summary>Returns whether the run writes to a results folder.</summary>
    internal bool IsIn(string folder) => PathComparer.Of.Equals(ResultsPath, FolderOf(folder));

    private static string FolderOf(string path) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
}

/// <summary>A snapshot of the queue for queries about many runs; the files are read once, on first use.</summary>
internal sealed class QueueSnapshot
{
    private readonly Lazy<IReadOnlyList<QueuedRun>> runs;
    private readonly Lazy<List<string>> waiting;

    public QueueSnapshot(QueueFolder queue)
    {
        runs = new(queue.Runs);
        waiting = new(() => [.. runs.Value.Where(run => !queue.IsAtWork(run)).Select(run => run.Id)]);
    }

    /// <summary>All runs in queue order.</summary>
    public IReadOnlyList<QueuedRun> Runs => runs.Value;

    /// <summary>Returns the run of a results folder; <c>null</c> if it is not in the queue.</summary>
    public QueuedRun? Find(string resultsPath) => Runs.FirstOrDefault(run => run.IsIn(resultsPath));

    /// <summary>Returns the position of a run among the waiting runs, 1 for the next to start; <c>null</c> if the run is not waiting.</summary>
    public int? PositionOf(QueuedRun run) => waiting.Value.IndexOf(run.Id) is >= 0 and var index ? index + 1 : null;
}

/// <summary>
/// Serializes requests, reports and queue entries of runs as single lines of JSON. A configuration is serialized as the text of its YAML file.
/// </summary>
internal static class RunJson
{
    private static readonly JsonSerializerOptions Form = new()
    {
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new ConfigConverter() },
    };

    /// <summary>Returns the content as one line of JSON.</summary>
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
