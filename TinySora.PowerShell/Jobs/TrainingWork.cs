using TinySora.Engine.Compute.Processes;
using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Errors;
using TinySora.Engine.Runs;
using TinySora.Engine.Runs.Display;
using TinySora.Engine.Runs.Session;
using TinySora.Engine.Training.Reports;
using TinySora.Engine.Training.Requests;
using TinySora.Engine.Training.Results;
using TinySora.PowerShell.Output;

namespace TinySora.PowerShell.Jobs;

/// <summary>Trains runs one after another and writes their results, or each step when it is complete.</summary>
/// <param name="train">Function that trains the run of a request, in this process or in others.</param>
/// <param name="resultsPath">Folder of the run, or parent folder of several runs.</param>
/// <param name="summaryPath">Path of the summary; <c>null</c> for none. If there are several runs, each gets its own file, with the run's name before the
/// extension.</param>
internal sealed class TrainingWork(
    IReadOnlyList<TrainingRequest> requests, Func<TrainingRequest, ITrainingObserver, CancellationToken, TrainingResult> train,
    string resultsPath, bool writesSteps, string? summaryPath)
{
    public string ResultsPath => resultsPath;

    /// <summary>Whether to write events as objects, for the script in -OnEvent.</summary>
    public bool WantsEvents { get; init; }

    /// <summary>Function that creates the notifier, given a receiver for its warnings; <c>null</c> for no notifications.</summary>
    public Func<Action<string>, RunNotifier>? Notifier { get; init; }

    /// <summary>Folder of the first run.</summary>
    public string FirstPath => requests[0].ResultsPath!;

    /// <summary>
    /// Message for a user who has stopped the run and does not see further output; <c>null</c> if the run was not stopped or did not save anything.
    /// </summary>
    public string? Farewell { get; private set; }

    /// <summary>
    /// Trains all runs. If one of several fails, reports an error and continues with the others. If a signal ends the process, summaries are written and
    /// events are handled first.
    /// </summary>
    public void Run(PipelineWriter writer, CancellationToken cancellation) => EngineThread.DelayEnd(() =>
    {
        try
        {
            TrainAll(writer, cancellation);
        }
        finally
        {
            if (EngineThread.Stopping.IsCancellationRequested)
            {
                writer.Flush();
            }
        }
    });

    private void TrainAll(PipelineWriter writer, CancellationToken cancellation)
    {
        if (MpiLaunch.IsFollower)
        {
            requests.ToList().ForEach(FollowingSession.Run);
            return;
        }

        using var posts = Notifier?.Invoke(writer.Warning);
        foreach (var request in requests)
        {
            if (request != requests[0])
            {
                // Do not start another run if the pipeline does not want more output.
                writer.Flush();
                cancellation.ThrowIfCancellationRequested();
                EngineThread.Stopping.ThrowIfCancellationRequested();
            }

            try
            {
                Run(request, writer, posts, cancellation);
            }
            catch (TinySoraException e) when (requests.Count > 1)
            {
                writer.Error(e);
            }
        }
    }

    private void Run(TrainingRequest request, PipelineWriter writer, RunNotifier? posts, CancellationToken cancellation)
    {
        var folder = request.ResultsPath!;
        var observer = new TrainingProgressBar(writer, writesSteps, folder, NameOf(folder), Notify);
        observer.Starting("loading libtorch");
        var result = RunSummary.Record(SummaryOf(folder), folder, () =>
        {
            try
            {
                return train(request, observer, cancellation);
            }
            catch (Exception e)
            {
                Notify(RunEnd.Of(e, observer.Step) with { ResultsPath = folder });
                throw;
            }
        });
        if (RunEnd.Of(result) is RunEvent ended)
        {
            Notify(ended);
        }

        Farewell = result is { StoppedBecause: RunState.Cancelled, Checkpoint: not "" }
            ? $"Step {result.Step} is saved in '{result.Checkpoint}'. Run the same command again to resume." : null;
        writer.Post(result);

        void Notify(RunEvent what)
        {
            posts?.Post(what);
            if (WantsEvents)
            {
                writer.Post(what);
            }
        }
    }

    /// <summary>Returns the path of the summary for one of several runs, with the run's name before the extension.</summary>
    public static string SummaryOf(string path, string name) =>
        Path.Combine(Path.GetDirectoryName(path)!, $"{Path.GetFileNameWithoutExtension(path)}.{name}{Path.GetExtension(path)}");

    private string? SummaryOf(string folder) =>
        summaryPath is null || NameOf(folder) is not string name ? summaryPath : SummaryOf(summaryPath, name);

    /// <summary>Returns the name that distinguishes a run from the others; <c>null</c> if it is the only run.</summary>
    private string? NameOf(string folder) => folder == resultsPath ? null : Path.GetFileName(folder);
}
