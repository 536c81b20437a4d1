using TinySora.Engine.Errors;
using TinySora.Engine.Formats;
using TinySora.Engine.Runs.Queue;
using TinySora.Engine.Training.Checkpoints;
using TinySora.Engine.Training.Requests;
using TinySora.Engine.Training.Results;
using static System.FormattableString;

namespace TinySora.Engine.Runs;

/// <summary>A training run, live or past, as its results folder tells of it.</summary>
/// <param name="State">The name of a <see cref="RunState"/>.</param>
/// <param name="Step">Steps completed.</param>
/// <param name="Loss">Smoothed over some fifty steps; null before the first.</param>
/// <param name="StepsPerSecond">Over the last seconds; null when it does not run.</param>
/// <param name="Remaining">Until its last step or the end of its time; null when it does not run.</param>
/// <param name="MemoryBytes">Resident memory of its process; null when it is not live.</param>
/// <param name="Checkpoint">The newest one; null: none yet.</param>
/// <param name="Problem">Why it failed.</param>
public sealed record TrainingRun(
    string ResultsPath, string State, int Step, int TotalSteps, double? Loss, double? StepsPerSecond, double? LearningRate,
    TimeSpan? Remaining, long? MemoryBytes, string? Device, string? Checkpoint, int? ProcessId, DateTime? StartedAt, DateTime? UpdatedAt,
    string? Problem)
{
    private const long FullDisk = 16 << 20;
    private const int StandingSteps = 20;
    private static readonly TimeSpan Standing = TimeSpan.FromMinutes(10);

    /// <summary>Many times what the process takes to start that works at the queue.</summary>
    private static readonly TimeSpan WorkerStart = TimeSpan.FromMinutes(1);

    /// <summary>The tags of the run, by which it is found among others.</summary>
    public TextList<string> Tags { get; init; } = [];

    /// <summary>The note about the run; null: none.</summary>
    public string? Note { get; init; }

    /// <summary>
    /// Why somebody should look at the run: it failed, died without ending, stands still, had losses that are not finite, or its disk runs out.
    /// null: nothing is known against it.
    /// </summary>
    public string? Attention { get; init; }

    /// <inheritdoc cref="TrainingResult.Ending"/>
    public string? Ending { get; init; }

    /// <summary><see cref="Attention"/>, or else <see cref="Ending"/>.</summary>
    public string? Remark => Attention ?? Ending;

    /// <summary>Whether somebody should look at the run; <see cref="Attention"/> says why.</summary>
    public bool NeedsAttention => Attention is not null;

    /// <summary>Whether the run trains or is paused, and takes orders.</summary>
    public bool IsLive => Enum.Parse<RunState>(State).IsLive();

    /// <summary>Whether nothing more comes of the run by itself: it is not live, and waits for no turn.</summary>
    public bool HasEnded => Enum.Parse<RunState>(State).HasEnded();

    /// <summary>The place of the run among those that wait in the queue of this machine, 1 the next to begin; null: it does not wait there.</summary>
    public int? Position { get; init; }

    /// <summary>The run of a results folder, and those in the folders directly below it, but for what was moved aside there.</summary>
    /// <exception cref="TinySoraException">NoRun.</exception>
    public static IReadOnlyList<TrainingRun> List(string folder) => List(folder, new QueueLook(QueueFolder.Mine));

    /// <param name="queue">The queue of this machine, by one look for all that are listed.</param>
    /// <inheritdoc cref="List(string)"/>
    internal static IReadOnlyList<TrainingRun> List(string folder, QueueLook queue) =>
        In(folder, queue) is { Count: > 0 } runs ? runs : throw TrainingErrors.NoRun(folder);

    /// <summary>The runs of <see cref="List(string)"/>; empty: there are none.</summary>
    internal static IReadOnlyList<TrainingRun> In(string folder, QueueLook queue) =>
        [.. Folders(folder).Select(run => UnlessGone(() => Noted(Read(run, queue)))).OfType<TrainingRun>()];

    /// <summary>Whether <see cref="List(string)"/> finds any run in a folder.</summary>
    public static bool AreIn(string folder) => Folders(folder).Any();

    /// <summary>The path, which is what commands that take files read.</summary>
    public override string ToString() => ResultsPath;

    private static IEnumerable<string> Folders(string folder)
    {
        string[] folders = !Directory.Exists(folder) ? []
            : [folder, .. Directory.GetDirectories(folder).Where(below => !ResultsFolder.IsAside(below)).Order(StringComparer.Ordinal)];
        return folders.Where(below => UnlessGone(() => ResultsFolder.IsRun(below)));
    }

    /// <summary>What is seen in a folder; nothing where that was removed meanwhile, as with a run that is taken out of the queue.</summary>
    private static T? UnlessGone<T>(Func<T> look)
    {
        try
        {
            return look();
        }
        catch (DirectoryNotFoundException)
        {
            return default;
        }
    }

    private static TrainingRun Noted(TrainingRun run)
    {
        var notes = RunNotes.Read(run.ResultsPath);
        return run with { Tags = [.. notes.Tags ?? []], Note = notes.Note is "" ? null : notes.Note };
    }

    private static TrainingRun Read(string folder, QueueLook queue)
    {
        // The lock first: a run that ends between the two looks has then written its last status.
        var live = ResultsFolder.IsInUse(folder);
        var checkpoint = NewestCheckpoint(folder);
        if (RunStatus.Read(folder) is not RunStatus status)
        {
            return Unknown(folder, live, checkpoint);
        }

        var state = live == status.State.IsLive() ? status.State : live ? RunState.Starting : RunState.Interrupted;
        var queued = state is RunState.Queued or RunState.Interrupted ? queue.Find(folder) : null;
        state = queued is null ? state : RunState.Queued; // killed with its queue, it goes on when that does
        var running = state == RunState.Running;
        return new TrainingRun(
            folder, $"{state}", status.Step, status.TotalSteps, status.Loss, running ? status.StepsPerSecond : null, status.LearningRate,
            running && status.RemainingSeconds is double seconds ? TimeSpan.FromSeconds(seconds) : null,
            live ? status.MemoryBytes : null, status.Device, checkpoint, live ? status.ProcessId : null,
            status.StartedAt.LocalDateTime, status.UpdatedAt.LocalDateTime, status.Problem)
        {
            Attention = AttentionOf(folder, state, status, queued is not null),
            Ending = state == status.State ? status.Ending : null,
            Position = queued is null ? null : queue.PositionOf(queued),
        };
    }

    private static string? AttentionOf(string folder, RunState state, RunStatus status, bool isQueued) => state switch
    {
        RunState.Failed => $"It failed at step {status.Step}: {status.Problem}",
        RunState.Interrupted => $"It died at step {status.Step} without ending: it was killed, or the machine went down."
            + (DiskSpace.Free(folder) < FullDisk ? " Its disk is full." : ""),
        RunState.Queued when !isQueued && DateTimeOffset.Now - status.UpdatedAt > WorkerStart =>
            "The queue of this machine has no entry of it that can be read: Get-TinySoraRun -Queue tells why, Start-TinySoraTraining -Queue queues it again.",
        RunState.Queued when DateTimeOffset.Now - status.UpdatedAt > WorkerStart && !QueueFolder.Mine.IsServed =>
            "Nothing works at the queue: Get-TinySoraRun -Queue | Resume-TinySoraRun begins again.",
        RunState.Running when DateTimeOffset.Now - status.UpdatedAt > Patience(status) =>
            Invariant($"It stands still: its process lives and has told nothing since {status.UpdatedAt.LocalDateTime:yyyy-MM-dd HH:mm:ss}."),
        _ when state.IsLive() => status.Attention,
        _ => null,
    };

    /// <summary>The time without news after which a run is taken to stand still: that of many of its steps.</summary>
    private static TimeSpan Patience(RunStatus status)
    {
        var longest = TimeSpan.FromDays(1).TotalSeconds;
        var steps = status.StepsPerSecond > 0 ? TimeSpan.FromSeconds(Math.Min(StandingSteps / status.StepsPerSecond, longest)) : Standing * 6;
        return steps > Standing ? steps : Standing;
    }

    private static TrainingRun Unknown(string folder, bool live, string? checkpoint)
    {
        var info = checkpoint is null ? null : CheckpointStore.Find(checkpoint);
        return new TrainingRun(
            folder, live ? nameof(RunState.Starting) : nameof(RunState.Unknown), info?.Step ?? 0, 0, info?.Loss, null, null, null, null, null,
            checkpoint, null, null, info?.SavedAt.ToLocalTime(), info?.Problem);
    }

    private static string? NewestCheckpoint(string folder) => CheckpointStore.PathsIn(folder).MaxBy(CheckpointStore.StepOf);
}
