using System.Text.Json.Serialization;
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
