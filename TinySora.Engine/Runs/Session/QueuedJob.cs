using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;
using TinySora.Engine.Runs.Queue;
using TinySora.Engine.Training.Requests;
using TinySora.Engine.Training.Results;

namespace TinySora.Engine.Runs.Session;

/// <summary>Carries out a queued run in its own process.</summary>
public static class QueuedJob
{
    /// <summary>
    /// Trains a queued run and removes it from the queue when it completes, fails or is stopped. It remains in the queue if the process receives a termination
    /// request, if the scheduled hours are over, or if another process is training in the run's folder.
    /// </summary>
    /// <param name="id">Identifier of the queue entry. Nothing is done if the entry no longer exists or is active in another process.</param>
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
                var begun = DateTime.Now;
                var result = train(run);
                if (result.StoppedBecause == RunState.Cancelled && IsToEnd())
                {
                    return;
                }

                if (run.Request.ContinuesInHours(result.StoppedBecause, begun, DateTime.Now))
                {
                    QueueOperations.Write(run.ResultsPath, RunState.Queued);
                    return;
                }

                Leave(queue, run, held, result.StoppedBecause);
            }
            catch (OperationCanceledException) when (IsToEnd())
            {
                // The run will continue from its last checkpoint.
            }
            catch (TinySoraException e) when (e.Id == TrainingErrors.FolderInUseId)
            {
                // The run waits until the folder is free.
            }
            catch (Exception e)
            {
                Leave(queue, run, held, RunState.Failed, RuntimeErrors.From(e).Message);
            }
        }

        bool IsToEnd() => cancellation.IsCancellationRequested || EngineThread.Stopping.IsCancellationRequested;
    }

    /// <summary>Removes a run from the queue because its process died or was killed.</summary>
    /// <param name="problem">Reason for the failure; <c>null</c> if the process was terminated deliberately.</param>
    internal static void RemoveDead(QueueFolder queue, string id, string? problem)
    {
        if (queue.Claim(id) is var (run, held))
        {
            Leave(queue, run, held, problem is null ? RunState.Cancelled : RunState.Failed, problem);
        }
    }

    private static void Leave(QueueFolder queue, QueuedRun run, FileStream held, RunState state, string? problem = null)
    {
        var folder = run.ResultsPath;
        var recorded = RunStatus.Read(folder)?.State;

        // The run itself usually records its state.
        if (recorded != state && (recorded is null or RunState.Queued || state == RunState.Failed))
        {
            DiskFlush.CreateFolder(folder);
            QueueOperations.Write(folder, state, problem: problem);
        }

        queue.Remove(run, held);
    }
}
