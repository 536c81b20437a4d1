using TinySora.Engine.Errors;
using TinySora.Engine.Files;
using TinySora.Engine.Runs.Queue;
using TinySora.Engine.Training.Checkpoints;
using TinySora.Engine.Training.Requests;
using TinySora.Engine.Training.Results;

namespace TinySora.Engine.Runs.Session;

/// <summary>Adds runs to a queue, removes them from it, and records the waiting state in their folders.</summary>
public static class QueueOperations
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(50);

    /// <summary>
    /// Adds a run to the queue, replacing a waiting run with the same folder. A run that is active or has reached its target is not changed. With -Force,
    /// existing files are moved aside immediately, so that restarting the run does not move its own files.
    /// </summary>
    /// <returns>The resulting state of the run.</returns>
    /// <exception cref="TinySoraException">CannotQueue, and errors of the run itself: OtherConfiguration, NothingToResume, FolderInUse,
    /// CannotUseFolder.</exception>
    public static TrainingRun Add(QueueFolder queue, QueuedRun run, Action<string> tell)
    {
        var (request, folder) = (PublishedKeys.Adopt(PresetChoice.Resumed(run.Request)), run.ResultsPath);
        if (queue.Find(folder) is QueuedRun there && queue.IsAtWork(there))
        {
            tell($"The run in '{folder}' is already active.");
            return Listed(queue, there);
        }

        var trainer = request.Config.Trainer;
        if (!request.Force && Continuation.Find(request, folder, tell) is CheckpointInfo { IsCutOff: false } reached && !trainer.CountsEpochs
            && request.IsReached(trainer, reached.Step, reached.Spent))
        {
            tell($"'{reached.Path}' has already reached the requested end of training.");
            return TrainingRun.List(folder)[0];
        }

        return Listed(queue, Enter(queue, run, tell));
    }

    /// <summary>Removes a waiting run from the queue and deletes the run's folder if it contains no other files.</summary>
    /// <returns>False if the run has already started.</returns>
    public static bool Remove(QueueFolder queue, QueuedRun run)
    {
        if (queue.Claim(run.Id) is not var (entry, held))
        {
            return false;
        }

        queue.Remove(entry, held, first: () => Forget(entry.ResultsPath));
        return true;
    }

    /// <summary>Waits until a started run accepts requests, or is no longer active.</summary>
    /// <exception cref="OperationCanceledException">The run continues.</exception>
    public static void WaitUntilLive(QueueFolder queue, QueuedRun run, CancellationToken cancellation) =>
        ProcessScheduler.WaitWhile(() => queue.IsAtWork(run) && !ResultsFolder.IsInUse(run.ResultsPath), LookInterval, cancellation);

    /// <summary>Waits until a run is no longer active. If it has ended, its entry has been removed from the queue when this method returns.</summary>
    /// <exception cref="OperationCanceledException">The run continues.</exception>
    public static void WaitUntilDone(QueueFolder queue, QueuedRun run, CancellationToken cancellation) =>
        ProcessScheduler.WaitWhile(() => queue.IsAtWork(run), LookInterval, cancellation);

    /// <summary>Returns the runs in a queue in order, including runs whose folders have been removed.</summary>
    public static IReadOnlyList<TrainingRun> List(QueueFolder queue)
    {
        var look = new QueueSnapshot(queue);
        return [.. look.Runs.Select(run => Listed(run, look))];
    }

    /// <summary>Returns a queued run as it is recorded in its folder, or in its queue entry if the folder has been removed.</summary>
    public static TrainingRun Listed(QueueFolder queue, QueuedRun run) => Listed(run, new QueueSnapshot(queue));

    /// <summary>Writes the state of a run to its folder and keeps the rest of its status.</summary>
    internal static void Write(string folder, RunState state, int? totalSteps = null, string? problem = null, int? step = null)
    {
        var now = DateTimeOffset.Now;
        var before = RunStatus.Read(folder) ?? new RunStatus { State = state, StartedAt = now, Step = LastStep(folder) };
        (before with
        {
            State = state, Step = step ?? before.Step, TotalSteps = totalSteps ?? before.TotalSteps, Problem = problem, Attention = null, UpdatedAt = now,
        }).Write(folder);
    }

    /// <summary>
    /// Removes the waiting state from a folder and deletes the folder if it contains no other files. Folders that a process uses or is adding to the queue
    /// again are left alone, because that process writes its own state.
    /// </summary>
    private static void Forget(string folder)
    {
        if (!Directory.Exists(folder))
        {
            return;
        }

        try
        {
            using (ResultsFolder.Open(folder))
            {
                if (CheckpointStore.IsIn(folder))
                {
                    Write(folder, RunState.Cancelled);
                    return;
                }

                BusyFile.TryDelete(Path.Combine(folder, ResultsFolder.StatusName));
                BusyFile.TryDelete(Path.Combine(folder, ResultsFolder.NotesName));
            }

            using (var opened = ResultsFolder.Open(folder))
            {
                opened.DiscardFailedStart();
            }

            Directory.Delete(folder);
        }
        catch (TinySoraException e) when (e.Id == TrainingErrors.FolderInUseId)
        {
        }
        catch (IOException)
        {
            // The folder contains other files.
        }
    }

    /// <summary>Writes the queue entry of a run, and the run's state to its folder, while no other process can train in that folder.</summary>
    private static QueuedRun Enter(QueueFolder queue, QueuedRun run, Action<string> tell)
    {
        var (request, folder) = (run.Request, run.ResultsPath);
        if (!request.Force)
        {
            UserFiles.Check(folder);
        }

        using var opened = ResultsFolder.Open(folder);
        try
        {
            request = EarlierRun.MoveAside(request, opened, tell);
            var claim = Hold(queue, folder);
            try
            {
                return queue.Write(run with { Request = request with { Force = false } }, then: () =>
                {
                    Write(folder, RunState.Queued, request.Config.Trainer.CountsEpochs ? 0 : request.ExpectedSteps(request.Config.Trainer));
                    new RunNotes(request.Tags, request.Note).Update(folder);
                });
            }
            finally
            {
                if (claim is var (_, held))
                {
                    FileLock.Remove(held);
                }
            }
        }
        catch
        {
            EarlierRun.MoveBack(opened, "this run was not queued", tell);
            opened.DiscardFailedStart();
            throw;
        }
    }

    /// <summary>
    /// Locks the queue entry of a results folder for this process; returns <c>null</c> if there is no entry. The folder is already locked, so a process that
    /// still holds the entry is about to end, and would also remove a new entry that replaces it.
    /// </summary>
    /// <exception cref="TinySoraException">QueueHeld.</exception>
    private static (QueuedRun Run, FileStream Held)? Hold(QueueFolder queue, string folder)
    {
        for (var since = ProcessScheduler.Now; queue.Find(folder) is QueuedRun there; ProcessScheduler.Wait(LookInterval))
        {
            if (queue.Claim(there.Id) is { } claim)
            {
                return claim;
            }

            if (ProcessScheduler.Now - since > queue.LongestWait.TotalMilliseconds)
            {
                throw TrainingErrors.QueueHeld(queue.LockOf(there.Id), (int)queue.LongestWait.TotalSeconds);
            }
        }

        return null;
    }

    private static int LastStep(string folder) => Directory.EnumerateFiles(folder, CheckpointStore.Pattern).Max(CheckpointStore.StepOf) ?? 0;

    private static TrainingRun Listed(QueuedRun run, QueueSnapshot look) =>
        TrainingRun.In(run.ResultsPath, look) is [var there, ..] ? there : TrainingRun.Waiting(run);
}
