using TinySora.Engine.Errors;
using TinySora.Engine.Formats;
using TinySora.Engine.Runs.Queue;
using TinySora.Engine.Training.Checkpoints;
using TinySora.Engine.Training.Requests;
using TinySora.Engine.Training.Results;
using static System.FormattableString;

namespace TinySora.Engine.Runs;

/// <summary>A current or past training run, as recorded in its results folder.</summary>
public sealed record TrainingRun
{
    private const long FullDisk = 16 << 20;
    private const int StandingSteps = 20;
    private static readonly TimeSpan Standing = TimeSpan.FromMinutes(10);

    /// <summary>Time after which the queue worker should have started; starting normally takes much less time.</summary>
    private static readonly TimeSpan WorkerStart = TimeSpan.FromMinutes(1);

    public required string ResultsPath { get; init; }

    /// <summary>Current state of the run, or why it ended.</summary>
    public required RunState State { get; init; }

    /// <summary>Number of steps completed.</summary>
    public int Step { get; init; }

    public int TotalSteps { get; init; }

    /// <summary>Loss, smoothed over about 50 steps; <c>null</c> before the first step.</summary>
    public double? Loss { get; init; }

    /// <summary>Mean loss of the best possible model with complete captions; <c>null</c> if it is unknown, as for everything except shapes.</summary>
    public double? SmallestLoss { get; init; }

    /// <summary>Steps per second, measured over the last few seconds; <c>null</c> if the run is not running.</summary>
    public double? StepsPerSecond { get; init; }

    public double? LearningRate { get; init; }

    /// <summary>Time until the last step or the end of the time budget; <c>null</c> if the run is not running.</summary>
    public TimeSpan? Remaining { get; init; }

    /// <summary>Resident memory of the process; <c>null</c> if the run is not in progress.</summary>
    public long? MemoryBytes { get; init; }

    public string? Device { get; init; }

    /// <summary>Path of the newest checkpoint; <c>null</c> if there is none.</summary>
    public string? Checkpoint { get; init; }

    public int? ProcessId { get; init; }

    public DateTime? StartedAt { get; init; }

    public DateTime? UpdatedAt { get; init; }

    /// <summary>Reason why the run failed; <c>null</c> if it did not fail.</summary>
    public string? Problem { get; init; }

    /// <summary>Tags for finding the run.</summary>
    public TextList<string> Tags { get; init; } = [];

    /// <summary>Note about the run; <c>null</c> if there is none.</summary>
    public string? Note { get; init; }

    /// <summary>
    /// Reason why the run needs attention: it failed, was interrupted, hangs, had non-finite losses, or is running out of disk space. <c>null</c> if no problem
    /// is known.
    /// </summary>
    public string? Attention { get; init; }

    /// <inheritdoc cref="TrainingResult.Ending"/>
    public string? Ending { get; init; }

    /// <summary>Remark to display: <see cref="Attention"/> or, if that is <c>null</c>, <see cref="Ending"/>.</summary>
    public string? Remark => Attention ?? Ending;

    /// <summary>Whether the run needs attention; see <see cref="Attention"/> for the reason.</summary>
    public bool NeedsAttention => Attention is not null;

    /// <summary>Whether the run is training or paused, and therefore accepts requests.</summary>
    public bool IsLive => State.IsLive();

    /// <summary>Whether the run has ended: it is neither in progress nor waiting in a queue.</summary>
    public bool HasEnded => State.HasEnded();

    /// <summary>Position among the waiting runs in this machine's queue, 1 for the next to start; <c>null</c> if the run is not waiting.</summary>
    public int? Position { get; init; }

    /// <summary>Returns the run in a results folder and the runs in its immediate subfolders, except runs that were moved aside.</summary>
    /// <exception cref="TinySoraException">NoRun.</exception>
    public static IReadOnlyList<TrainingRun> List(string folder) => List(folder, new QueueSnapshot(QueueFolder.Mine));

    /// <param name="queue">A snapshot of this machine's queue for all listed runs.</param>
    /// <inheritdoc cref="List(string)"/>
    internal static IReadOnlyList<TrainingRun> List(string folder, QueueSnapshot queue) =>
        In(folder, queue) is { Count: > 0 } runs ? runs : throw TrainingErrors.NoRun(folder);

    /// <summary>Returns the runs of <see cref="List(string)"/>; empty if there are none.</summary>
    internal static IReadOnlyList<TrainingRun> In(string folder, QueueSnapshot queue) =>
        [.. Folders(folder).Select(run => NullIfRemoved(() => Noted(Read(run, queue)))).OfType<TrainingRun>()];

    /// <summary>Returns the run in a results folder or, if the folder was removed, its queue entry; <c>null</c> if there is neither.</summary>
    internal static TrainingRun? Find(string folder, QueueSnapshot queue) => In(folder, queue) is [var run, ..] && run.ResultsPath == folder ? run
        : queue.Find(folder) is QueuedRun waiting ? Waiting(waiting)
        : null;

    /// <summary>Returns a queued run as it is recorded in its queue entry, because its folder was removed.</summary>
    internal static TrainingRun Waiting(QueuedRun run) => new()
    {
        ResultsPath = run.ResultsPath, State = RunState.Queued, TotalSteps = run.Request.ExpectedSteps(run.Request.Config.Trainer),
    };

    /// <summary>Returns the <see cref="SmallestLoss"/> of the run in a results folder.</summary>
    public static double? SmallestLossOf(string folder) => RunStatus.Read(folder)?.SmallestLoss;

    /// <summary>Returns whether <see cref="List(string)"/> finds any run in a folder.</summary>
    public static bool AreIn(string folder) => Folders(folder).Any();

    /// <summary>Returns the path of the results folder, so that the object can be piped to commands that accept files.</summary>
    public override string ToString() => ResultsPath;

    private static IEnumerable<string> Folders(string folder)
    {
        string[] folders = !Directory.Exists(folder) ? []
            : [folder, .. Directory.GetDirectories(folder).Where(below => !ResultsFolder.IsAside(below)).Order(StringComparer.Ordinal)];
        return folders.Where(below => NullIfRemoved(() => ResultsFolder.IsRun(below)));
    }

    /// <summary>Returns the result of a query; <c>null</c> if the run's folder was removed in the meantime, for example with its queue entry.</summary>
    private static T? NullIfRemoved<T>(Func<T> query)
    {
        try
        {
            return query();
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

    private static TrainingRun Read(string folder, QueueSnapshot queue)
    {
        // Check the lock before the status: a run that ends in between has already written its last status.
        var live = ResultsFolder.IsInUse(folder);
        var checkpoint = NewestCheckpoint(folder);
        if (RunStatus.Read(folder) is not RunStatus status)
        {
            return Unknown(folder, live, checkpoint);
        }

        var state = live == status.State.IsLive() ? status.State : live ? RunState.Starting : RunState.Interrupted;
        var queued = state is RunState.Queued or RunState.Interrupted ? queue.Find(folder) : null;
        state = queued is null ? state : RunState.Queued; // a run that was killed together with its queue resumes with the queue
        var running = state == RunState.Running;
        return new TrainingRun
        {
            ResultsPath = folder,
            State = state,
            Step = status.Step,
            TotalSteps = status.TotalSteps,
            Loss = status.Loss,
            SmallestLoss = status.SmallestLoss,
            StepsPerSecond = running ? status.StepsPerSecond : null,
            LearningRate = status.LearningRate,
            Remaining = running && status.RemainingSeconds is double seconds ? TimeSpan.FromSeconds(seconds) : null,
            MemoryBytes = live ? status.MemoryBytes : null,
            Device = status.Device,
            Checkpoint = checkpoint,
            ProcessId = live ? status.ProcessId : null,
            StartedAt = status.StartedAt.LocalDateTime,
            UpdatedAt = status.UpdatedAt.LocalDateTime,
            Problem = status.Problem,
            Attention = AttentionOf(folder, state, status, queued is not null),
            Ending = state == status.State ? status.Ending : null,
            Position = queued is null ? null : queue.PositionOf(queued),
        };
    }

    private static string? AttentionOf(string folder, RunState state, RunStatus status, bool isQueued) => state switch
    {
        RunState.Failed => $"The run failed at step {status.Step}: {status.Problem}",
        RunState.Interrupted => $"The run was interrupted at step {status.Step}: the process was killed, or the machine crashed or shut down."
            + (DiskGuard.Free(folder) < FullDisk ? " The disk is full." : ""),
        RunState.Queued when !isQueued && DateTimeOffset.Now - status.UpdatedAt > WorkerStart =>
            "The queue on this machine has no readable entry for this run. Get-TinySoraRun -Queue shows why; Start-TinySoraTraining -Queue queues it again.",
        RunState.Queued when DateTimeOffset.Now - status.UpdatedAt > WorkerStart && !QueueFolder.Mine.IsServed =>
            "No process is starting the runs in the queue. To start one, use Get-TinySoraRun -Queue | Resume-TinySoraRun.",
        RunState.Running when DateTimeOffset.Now - status.UpdatedAt > Patience(status) =>
            Invariant($"The run hangs: its process is alive, but has reported nothing since {status.UpdatedAt.LocalDateTime:yyyy-MM-dd HH:mm:ss}."),
        _ when state.IsLive() => status.Attention,
        _ => null,
    };

    /// <summary>Returns the time without a report after which a run is considered to hang, which is long enough for many steps.</summary>
    private static TimeSpan Patience(RunStatus status)
    {
        var longest = TimeSpan.FromDays(1).TotalSeconds;
        var steps = status.StepsPerSecond > 0 ? TimeSpan.FromSeconds(Math.Min(StandingSteps / status.StepsPerSecond, longest)) : Standing * 6;
        return steps > Standing ? steps : Standing;
    }

    private static TrainingRun Unknown(string folder, bool live, string? checkpoint)
    {
        var info = checkpoint is null ? null : CheckpointStore.Find(checkpoint);
        return new TrainingRun
        {
            ResultsPath = folder,
            State = live ? RunState.Starting : RunState.Unknown,
            Step = info?.Step ?? 0,
            Loss = info?.Loss,
            Checkpoint = checkpoint,
            UpdatedAt = info?.SavedAt.ToLocalTime(),
            Problem = info?.Problem,
        };
    }

    private static string? NewestCheckpoint(string folder) => CheckpointStore.PathsIn(folder).MaxBy(CheckpointStore.StepOf);
}
