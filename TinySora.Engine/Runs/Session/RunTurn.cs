using System.Collections.Concurrent;
using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;
using TinySora.Engine.Training.Reports;
using TinySora.Engine.Training.Results;

namespace TinySora.Engine.Runs.Session;

/// <summary>
/// The queue of the runs of this process. One trains at a time: there is one engine thread, and a run that begins on it between two steps of
/// another would leave that standing until it has ended itself.
/// </summary>
internal static class RunTurn
{
    private static readonly SemaphoreSlim Turn = new(1, 1);

    /// <summary>The results folders of the run that trains and of those that wait, with the time at which each was taken.</summary>
    private static readonly ConcurrentDictionary<string, DateTime> Taken = new(PathComparer.Of);

    /// <summary>Waits until the runs before this one have ended, and returns what this one returns.</summary>
    /// <param name="folder">Its results folder.</param>
    /// <param name="run">Called with a token that the end of the process cancels, too.</param>
    /// <exception cref="TinySoraException">FolderInUse.</exception>
    /// <exception cref="OperationCanceledException">Cancelled while it waited.</exception>
    public static T Wait<T>(string folder, ITrainingObserver observer, Func<CancellationToken, T> run, CancellationToken cancellation)
    {
        // Before waiting: a run already queued for this folder would otherwise be trained a second time.
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
                observer.Warning("Another run of this process is training. This one begins when that has ended.");
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
