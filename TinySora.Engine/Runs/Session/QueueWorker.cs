using TinySora.Engine.Compute.Devices;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;
using TinySora.Engine.Runs.Queue;
using TinySora.Engine.Training.Requests;
using TinySora.Engine.Training.Results;

namespace TinySora.Engine.Runs.Session;

/// <summary>
/// Starts the runs of a queue, in its order, each in a process of its own, and ends when none is left. A run whose process dies is an end of
/// that run alone.
/// </summary>
/// <param name="start">Starts the process that carries a run out; the task ends with it.</param>
public sealed class QueueWorker(QueueFolder queue, Func<QueuedRun, Task<QueueWorker.JobEnd>> start)
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(200);

    /// <summary>The time in which this process, too, is asked to end where that is asked of all.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    /// <summary>The exit codes of a process that was asked to end: tinysora's own, and the shell's for SIGTERM.</summary>
    private static readonly int[] Asked = [130, 143];

    private readonly Dictionary<string, Task<JobEnd>> started = [];

    /// <summary>How a process ended, and what it said last.</summary>
    public sealed record JobEnd(int ExitCode, string Said);

    /// <summary>Returns when the queue is empty, or another process serves it. Where no process can be started all that wait keep their places.</summary>
    /// <exception cref="Exception">What starting a process threw.</exception>
    /// <param name="cancellation">Ends the work here; runs that are at work go on.</param>
    public void Run(CancellationToken cancellation)
    {
        // What is added between the last look and the end of the lock has started no worker: one more look after it.
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

            Moment.Wait(LookInterval, cancellation);
        }
    }

    /// <summary>Whether nothing but other runs of the queue keeps a run from beginning now.</summary>
    private static bool MayBegin(QueuedRun run) => !ResultsFolder.IsInUse(run.ResultsPath) && !run.Request.WaitsForHours(DateTime.Now);

    /// <summary>
    /// Whether cores and memory are left for a run beside others: all say how many threads they take, the processor has as many, and as much memory is free
    /// as the largest of them takes.
    /// </summary>
    private static bool HasRoom(QueuedRun next, List<QueuedRun> atWork)
    {
        if (atWork.Count == 0)
        {
            return true;
        }

        return HasCores([.. atWork, next], Environment.ProcessorCount)
            && HasMemory([.. atWork.Select(run => RunStatus.Read(run.ResultsPath))], RunStatus.Read(next.ResultsPath), MemoryUse.Free());
    }

    /// <summary>Whether a processor has a core for each thread of some runs, all of which say how many those are.</summary>
    internal static bool HasCores(IReadOnlyList<QueuedRun> runs, int cores) =>
        runs.All(run => run.Threads is not null) && runs.Sum(run => run.Threads!.Value * run.Processes) <= cores;

    /// <summary>Whether memory is left for a run beside others, all of which have told how much they take.</summary>
    /// <param name="next">What the run took before; null: it has not begun.</param>
    /// <param name="free">Bytes.</param>
    internal static bool HasMemory(IReadOnlyList<RunStatus?> atWork, RunStatus? next, long free) =>
        atWork.All(status => status is { State: RunState.Running or RunState.Paused, MemoryBytes: > 0 })
        && free >= atWork.Append(next).Max(status => status?.MemoryBytes ?? 0);

    /// <summary>Looks at the processes that have ended: the run of one that died without a word leaves the queue.</summary>
    private void Reap(CancellationToken cancellation)
    {
        foreach (var (id, task) in started.Where(pair => pair.Value.IsCompleted).ToList())
        {
            var end = task.GetAwaiter().GetResult();
            if (end.ExitCode != 0 && Moment.Wait(Grace, cancellation))
            {
                return;
            }

            started.Remove(id);
            if (end.ExitCode != 0)
            {
                QueuedJob.Bury(queue, id, Asked.Contains(end.ExitCode) ? null : TrainingErrors.JobDied(end.ExitCode, end.Said).Message);
            }
        }
    }
}
