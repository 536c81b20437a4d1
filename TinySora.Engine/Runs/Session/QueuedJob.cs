using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;
using TinySora.Engine.Runs.Queue;
using TinySora.Engine.Training.Requests;
using TinySora.Engine.Training.Results;

namespace TinySora.Engine.Runs.Session;

/// <summary>Carries out a run of a queue, in a process that is there for it.</summary>
public static class QueuedJob
{
    /// <summary>
    /// Trains, and takes the run out of the queue when it has ended, by itself, with an error, or by order. It stays there where the process is
    /// asked to end, where its hours are over, and where somebody else trains in its folder.
    /// </summary>
    /// <param name="id">Of the run in the queue; where it is there no more, or at work elsewhere, nothing is done.</param>
    public static void Run(QueueFolder queue, string id, Func<QueuedRun, TrainingResult> train, CancellationToken cancellation)
    {
        if (queue.Claim(id) is not var (run, held))
        {
            return;
        }

        using (held)
        {
            try
            {
                var result = train(run);
                if (result.StoppedBecause == RunState.Cancelled && IsToEnd())
                {
                    return;
                }

                if (result.StoppedBecause is RunState.TimeBudget or RunState.OutsideHours && run.Request.WaitsForHours(DateTime.Now))
                {
                    QueuePlace.Write(run.ResultsPath, RunState.Queued);
                    return;
                }

                Leave(queue, run, held, result.StoppedBecause);
            }
            catch (OperationCanceledException) when (IsToEnd())
            {
                // It goes on from its last checkpoint.
            }
            catch (TinySoraException e) when (e.Id == TrainingErrors.FolderInUseId)
            {
                // It waits until the folder is free.
            }
            catch (Exception e)
            {
                Leave(queue, run, held, RunState.Failed, RuntimeErrors.Of(e).Message);
            }
        }

        bool IsToEnd() => cancellation.IsCancellationRequested || EngineThread.Stopping.IsCancellationRequested;
    }

    /// <summary>Takes a run out of the queue whose process has died, or was ended by somebody, without doing that itself.</summary>
    /// <param name="problem">Why it failed; null: it was ended in order.</param>
    internal static void Bury(QueueFolder queue, string id, string? problem)
    {
        if (queue.Claim(id) is var (run, held))
        {
            Leave(queue, run, held, problem is null ? RunState.Cancelled : RunState.Failed, problem);
        }
    }

    private static void Leave(QueueFolder queue, QueuedRun run, FileStream held, RunState state, string? problem = null)
    {
        var folder = run.ResultsPath;
        var told = RunStatus.Read(folder)?.State;

        // Of most ends the run itself has told.
        if (told != state && (told is null or RunState.Queued || state == RunState.Failed))
        {
            DiskFlush.CreateFolder(folder);
            QueuePlace.Write(folder, state, problem: problem);
        }

        queue.Remove(run, held);
    }
}
