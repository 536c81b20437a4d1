using System.Text.Json.Serialization;
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
