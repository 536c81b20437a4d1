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

/// <summary>Training runs one after the other, as work that writes their results, or their steps as they are taken.</summary>
/// <param name="train">Carries out a request, here or elsewhere.</param>
/// <param name="resultsPath">The folder of the run, or of the folders of several.</param>
/// <param name="summaryPath">Where the outcome is also written to; null: nowhere. Of several runs each has its name before the ending.</param>
internal sealed class TrainingWork(
    IReadOnlyList<TrainingRequest> requests, Func<TrainingRequest, ITrainingObserver, CancellationToken, TrainingResult> train,
    string resultsPath, bool writesSteps, string? summaryPath)
{
    public string ResultsPath => resultsPath;

    /// <summary>Whether events are objects, too, for a script that takes them out of what is written.</summary>
    public bool WantsEvents { get; init; }

    /// <summary>Makes what posts events, given what takes its warning; null: nothing does.</summary>
    public Func<Action<string>, RunNotifier>? Notifier { get; init; }

    /// <summary>The folder of the first run.</summary>
    public string FirstPath => requests[0].ResultsPath!;

    /// <summary>
    /// The message for the user who stopped the run and is shown nothing else any more; null: it was not stopped, or saved nothing.
    /// </summary>
    public string? Farewell { get; private set; }

    /// <summary>One of several runs that fails is an error, and the others go on.</summary>
    public void Run(PipelineWriter writer, CancellationToken cancellation)
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
                // Whoever has enough of the last run wants no other.
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
        var observer = new TrainingProgressBar(writer, writesSteps, folder, NameOf(folder), Tell);
        observer.Starting("loading libtorch");
        var result = RunSummary.Record(SummaryOf(folder), folder, () =>
        {
            try
            {
                return train(request, observer, cancellation);
            }
            catch (Exception e)
            {
                Tell(RunEnd.Of(e, observer.Step) with { ResultsPath = folder });
                throw;
            }
        });
        if (RunEnd.Of(result) is RunEvent ended)
        {
            Tell(ended);
        }

        Farewell = result is { StoppedBecause: RunState.Cancelled, Checkpoint: not "" }
            ? $"Step {result.Step} is saved in '{result.Checkpoint}'. The same line goes on from there." : null;
        writer.Post(result);

        void Tell(RunEvent what)
        {
            posts?.Post(what);
            if (WantsEvents)
            {
                writer.Post(what);
            }
        }
    }

    /// <summary>The file for the outcome of one of several runs: its name stands before the ending.</summary>
    public static string SummaryOf(string path, string name) =>
        Path.Combine(Path.GetDirectoryName(path)!, $"{Path.GetFileNameWithoutExtension(path)}.{name}{Path.GetExtension(path)}");

    private string? SummaryOf(string folder) =>
        summaryPath is null || NameOf(folder) is not string name ? summaryPath : SummaryOf(summaryPath, name);

    /// <summary>What tells a run from the others; null: it is the only one.</summary>
    private string? NameOf(string folder) => folder == resultsPath ? null : Path.GetFileName(folder);
}
