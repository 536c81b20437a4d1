using TinySora.Engine.Compute.Devices;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;
using TinySora.Engine.Runs.Queue;
using TinySora.Engine.Training.Requests;
using TinySora.Engine.Training.Results;

namespace TinySora.Engine.Runs.Session;

/// <summary>
/// Starts the runs in a queue in order, each in its own process, and ends when no runs are left. A process that dies affects only its own run.
/// </summary>
/// <param name="start">Starts the process for a run; the task completes when the process ends.</param>
public sealed class QueueWorker(QueueFolder queue, Func<QueuedRun, Task<QueueWorker.JobEnd>> start)
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(200);

    /// <summary>Maximum delay until a termination request that is sent to all processes also reaches this process.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    /// <summary>Exit codes of a process that received a termination request: the code of tinysora itself, and the shell's code for SIGTERM.</summary>
    private static readonly int[] TerminationCodes = [130, 143];

    private readonly Dictionary<string, Task<JobEnd>> started = [];

    /// <summary>Exit code and last output of a process that trained a run.</summary>
    public sealed record JobEnd(int ExitCode, string Output);

    /// <summary>Runs until the queue is empty, or another process serves it. If a process cannot be started, all waiting runs keep their positions.</summary>
    /// <exception cref="Exception">A process could not be started.</exception>
    /// <param name="cancellation">Ends the worker, while active runs continue.</param>
    public void Run(CancellationToken cancellation)
    {
        // Check again after releasing the lock: if a run was added just before the release, no other worker was started for it.
        while (!cancellation.IsCancellationRequested && queue.Runs().Count > 0 && queue.TryServe() is FileStream held)
        {
            using (held)
            {
                Serve(cancellation);
            }
        }
    }

    private void Serve(CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            Reap(cancellation);
            var runs = queue.Runs();
            if (runs.Count == 0 || cancellation.IsCancellationRequested)
            {
                return;
            }

            List<QueuedRun> atWork = [.. runs.Where(run => started.ContainsKey(run.Id) || queue.IsAtWork(run))];
            if (runs.Except(atWork).FirstOrDefault(MayBegin) is QueuedRun next && HasRoom(next, atWork))
            {
                started[next.Id] = start(next);
            }

            ProcessScheduler.Wait(LookInterval, cancellation);
        }
    }

    /// <summary>Returns whether a run could start now if no other runs were active.</summary>
    private static bool MayBegin(QueuedRun run) => !ResultsFolder.IsInUse(run.ResultsPath) && !run.Request.WaitsForHours(DateTime.Now);

    /// <summary>
    /// Returns whether a run can start in addition to the active ones. This requires that all runs limit their threads, that there is a core for each thread,
    /// and that the free memory is sufficient for the largest run.
    /// </summary>
    private static bool HasRoom(QueuedRun next, List<QueuedRun> atWork)
    {
        if (atWork.Count == 0)
        {
            return true;
        }

        return HasCores([.. atWork, next], Environment.ProcessorCount)
            && HasMemory([.. atWork.Select(run => RunStatus.Read(run.ResultsPath))], RunStatus.Read(next.ResultsPath), MemoryUse.GetFreeBytes());
    }

    /// <summary>Returns whether all runs limit their threads and there is a core for each thread.</summary>
    internal static bool HasCores(IReadOnlyList<QueuedRun> runs, int cores) =>
        runs.All(run => run.Threads is not null) && runs.Sum(run => run.Threads!.Value * run.Processes) <= cores;

    /// <summary>Returns whether there is memory for another run; the memory of all active runs must be known.</summary>
    /// <param name="next">Last status of the run that is to start; <c>null</c> if it has not run before.</param>
    /// <param name="free">Free memory in bytes.</param>
    internal static bool HasMemory(IReadOnlyList<RunStatus?> atWork, RunStatus? next, long free) =>
        atWork.All(status => status is { State: RunState.Running or RunState.Paused, MemoryBytes: > 0 })
        && free >= atWork.Append(next).Max(status => status?.MemoryBytes ?? 0);

    /// <summary>Handles processes that have ended. Runs whose processes died are removed from the queue.</summary>
    private void Reap(CancellationToken cancellation)
    {
        foreach (var (id, task) in started.Where(pair => pair.Value.IsCompleted).ToList())
        {
            var end = task.GetAwaiter().GetResult();
            if (end.ExitCode != 0 && ProcessScheduler.Wait(Grace, cancellation))
            {
                return;
            }

            started.Remove(id);
            if (end.ExitCode != 0)
            {
                QueuedJob.RemoveDead(queue, id, TerminationCodes.Contains(end.ExitCode) ? null : TrainingErrors.JobDied(end.ExitCode, end.Output).Message);
            }
        }
    }
}
