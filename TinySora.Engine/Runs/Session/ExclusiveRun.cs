using System.Collections.Concurrent;
using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;
using TinySora.Engine.Training.Reports;
using TinySora.Engine.Training.Results;

namespace TinySora.Engine.Runs.Session;

/// <summary>
/// The queue of runs in this process. Only one run trains at a time, because there is only one engine thread: a second run that started between steps
/// of the first would block the first run until the second ended.
/// </summary>
internal static class ExclusiveRun
{
    private static readonly SemaphoreSlim Turn = new(1, 1);

    /// <summary>Results folders of the active run and of the waiting runs, each with the time at which it was added.</summary>
    private static readonly ConcurrentDictionary<string, DateTime> Taken = new(PathComparer.Of);

    /// <summary>Waits until earlier runs have ended, then executes a run and returns its result.</summary>
    /// <param name="folder">Results folder of the run.</param>
    /// <param name="run">Called with a token that is also canceled when the process ends.</param>
    /// <exception cref="TinySoraException">FolderInUse.</exception>
    /// <exception cref="OperationCanceledException">Canceled while waiting.</exception>
    public static T Execute<T>(string folder, ITrainingObserver observer, Func<CancellationToken, T> run, CancellationToken cancellation)
    {
        // Check before waiting; otherwise, a run that is already queued for this folder would be trained twice.
        folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        if (!Taken.TryAdd(folder, DateTime.Now))
        {
            throw TrainingErrors.FolderInUse(folder, ResultsFolder.HolderSince(Taken.GetValueOrDefault(folder, DateTime.Now)));
        }

        try
        {
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation, EngineThread.Stopping);
            if (!Turn.Wait(0, CancellationToken.None))
            {
                observer.Starting("waiting for another run");
                observer.Warning("Another run is training in this process. This run starts when that run ends.");
                Turn.Wait(stop.Token);
            }

            try
            {
                return run(stop.Token);
            }
            finally
            {
                Turn.Release();
            }
        }
        finally
        {
            Taken.TryRemove(folder, out _);
        }
    }
}
