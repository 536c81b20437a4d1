using TinySora.Engine.Errors;
using TinySora.Engine.Files;
using TinySora.Engine.Runs.Queue;
using TinySora.Engine.Training.Checkpoints;
using TinySora.Engine.Training.Requests;
using TinySora.Engine.Training.Results;

namespace TinySora.Engine.Runs.Session;

/// <summary>Puts runs into a queue and takes them out; the folder of each tells that it waits, as it tells of other states.</summary>
public static class QueuePlace
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(50);

    /// <summary>
    /// Puts a run into the queue. One that is there already is put in its place, one that is at work or has reached what is asked for is left
    /// alone. What -Force moves aside is moved now, so that a run that goes on after a restart moves nothing more.
    /// </summary>
    /// <returns>The run as it is then.</returns>
    /// <exception cref="TinySoraException">As for the run itself: OtherConfiguration, NothingToResume, FolderInUse, CannotUseFolder; CannotQueue.</exception>
    public static TrainingRun Add(QueueFolder queue, QueuedRun run, Action<string> tell)
    {
        var (request, folder) = (PublishedKeys.Adopt(PresetChoice.Resumed(run.Request)), run.ResultsPath);
        if (queue.Find(folder) is QueuedRun there && queue.IsAtWork(there))
        {
            tell($"The run in '{folder}' is at work already.");
            return Listed(queue, there);
        }

        var trainer = request.Config.Trainer;
        if (!request.Force && Continuation.Find(request, folder, tell) is CheckpointInfo { IsCutOff: false } reached && !trainer.CountsEpochs
            && request.IsReached(trainer, reached.Step, reached.Spent))
        {
            tell($"'{reached.Path}' has reached what was asked for already.");
            return TrainingRun.List(folder)[0];
        }

        return Listed(queue, Enter(queue, run, tell));
    }

    /// <summary>Takes a waiting run out of the queue; a folder that holds nothing else of it goes, too.</summary>
    /// <returns>False: it has its turn, or had it.</returns>
    public static bool TakeOut(QueueFolder queue, QueuedRun run)
    {
        if (queue.Claim(run.Id) is not var (entry, held))
        {
            return false;
        }

        queue.Remove(entry, held, first: () => Forget(entry.ResultsPath));
        return true;
    }

    /// <summary>Waits until a run that has just got its turn takes orders, or is no longer at work.</summary>
    /// <exception cref="OperationCanceledException">It goes on all the same.</exception>
    public static void WaitUntilLive(QueueFolder queue, QueuedRun run, CancellationToken cancellation) =>
        WaitWhile(() => queue.IsAtWork(run) && !ResultsFolder.IsInUse(run.ResultsPath), cancellation);

    /// <summary>Waits until a run is no longer at work; when it has ended, its entry has left the queue then.</summary>
    /// <exception cref="OperationCanceledException">It goes on all the same.</exception>
    public static void WaitUntilDone(QueueFolder queue, QueuedRun run, CancellationToken cancellation) =>
        WaitWhile(() => queue.IsAtWork(run), cancellation);

    /// <summary>The runs of a queue in the order of their turns, also one whose folder somebody has removed.</summary>
    public static IReadOnlyList<TrainingRun> List(QueueFolder queue)
    {
        var look = new QueueLook(queue);
        return [.. look.Runs.Select(run => Listed(run, look))];
    }

    /// <summary>A run of the queue as its folder tells of it, or its entry where somebody has removed that.</summary>
    public static TrainingRun Listed(QueueFolder queue, QueuedRun run) => Listed(run, new QueueLook(queue));

    /// <summary>Writes into a run's folder in what state it is; the rest of its status stays.</summary>
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
    /// Lets a folder tell no more that its run waits; one that holds nothing else goes. Who has it, or is about to queue it anew, tells of it themselves.
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
            // Somebody has put something there.
        }
    }

    private static void WaitWhile(Func<bool> holds, CancellationToken cancellation)
    {
        while (holds())
        {
            Moment.Wait(LookInterval, cancellation);
            cancellation.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Writes the entry and what its folder tells, while nobody else can train there.</summary>
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
            if (request.Force && opened.MoveAside(further: request.Config.Family.RunFiles) is string aside)
            {
                tell($"Moved the files of the earlier run to '{aside}'.");
            }

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
                if (claim is var (there, held))
                {
                    queue.Release(there.Id, held);
                }
            }
        }
        catch
        {
            opened.DiscardFailedStart();
            throw;
        }
    }

    /// <summary>
    /// Keeps the entry of a folder for this process; null: there is none. Whoever carries it out is about to end, for the folder is held: what is
    /// written in its place would go with it.
    /// </summary>
    /// <exception cref="TinySoraException">QueueHeld.</exception>
    private static (QueuedRun Run, FileStream Held)? Hold(QueueFolder queue, string folder)
    {
        for (var since = Moment.Now; queue.Find(folder) is QueuedRun there; Moment.Wait(LookInterval))
        {
            if (queue.Claim(there.Id) is { } claim)
            {
                return claim;
            }

            if (Moment.Now - since > queue.LongestWait.TotalMilliseconds)
            {
                throw TrainingErrors.QueueHeld(queue.LockOf(there.Id), (int)queue.LongestWait.TotalSeconds);
            }
        }

        return null;
    }

    private static int LastStep(string folder) => Directory.EnumerateFiles(folder, CheckpointStore.Pattern).Max(CheckpointStore.StepOf) ?? 0;

    private static TrainingRun Listed(QueuedRun run, QueueLook look) => TrainingRun.In(run.ResultsPath, look) is [var there, ..]
        ? there
        : new TrainingRun
        {
            ResultsPath = run.ResultsPath, State = RunState.Queued, TotalSteps = run.Request.ExpectedSteps(run.Request.Config.Trainer),
        };
}
