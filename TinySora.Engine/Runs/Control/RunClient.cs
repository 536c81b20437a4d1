using TinySora.Engine.Errors;
using TinySora.Engine.Files;
using TinySora.Engine.Training.Results;

namespace TinySora.Engine.Runs.Control;

/// <summary>The client side of a run's mailbox, which sends requests to a run that is running or paused, in this or another process.</summary>
public static class RunClient
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(25);

    /// <summary>Checks that a run is running or paused, and therefore accepts requests.</summary>
    /// <exception cref="TinySoraException">NotLive.</exception>
    public static string Check(string folder) => ResultsFolder.IsInUse(folder) ? folder : throw TrainingErrors.NotLive(folder);

    /// <summary>Sends a request and waits until the run has carried it out after its current step.</summary>
    /// <param name="folder">Results folder of the run.</param>
    /// <exception cref="TinySoraException">NotLive, EndedMeanwhile, CannotReachRun, or the run's reason for refusing.</exception>
    /// <exception cref="OperationCanceledException">The request is withdrawn unless the run has already started on it.</exception>
    public static RunAnswer Send(string folder, RunRequest request, CancellationToken cancellation)
    {
        var mailbox = RunMailbox.In(Check(folder));
        var path = Path.Combine(mailbox, FormattableString.Invariant($"{DateTime.UtcNow.Ticks:D19}-{Guid.NewGuid():N}{RunMailbox.RequestEnding}"));
        var answerPath = Path.ChangeExtension(path, RunMailbox.AnswerEnding);
        try
        {
            CreateFolder(mailbox);
            Post(path, request, folder);
            for (var live = true; ;)
            {
                if (RunMailbox.Read<RunAnswer>(answerPath) is RunAnswer answer)
                {
                    return answer.Refused is RunAnswer.Refusal refused ? throw refused.ToException() : answer;
                }

                // An empty answer is from a later run in the folder.
                if (!live || new FileInfo(answerPath) is { Exists: true, Length: 0 })
                {
                    throw TrainingErrors.EndedMeanwhile(folder);
                }

                // The run may answer and end between two checks, so check for an answer once more after the run has ended.
                live = ResultsFolder.IsInUse(folder);
                ProcessScheduler.Wait(live ? LookInterval : TimeSpan.Zero, cancellation);
                cancellation.ThrowIfCancellationRequested();
            }
        }
        finally
        {
            // If deleting fails, the next start of the run deletes the files.
            BusyFile.TryDelete(path);
            BusyFile.TryDelete(answerPath);
        }
    }

    /// <summary>Waits until no run uses the folder.</summary>
    /// <exception cref="OperationCanceledException">The run continues.</exception>
    public static void WaitForEnd(string folder, CancellationToken cancellation) =>
        ProcessScheduler.WaitWhile(() => ResultsFolder.IsInUse(folder), LookInterval, cancellation);

    private static void Post(string path, RunRequest request, string folder)
    {
        try
        {
            RunMailbox.Write(path, request);
        }
        catch (TinySoraException e) when (e.InnerException is FileNotFoundException or DirectoryNotFoundException)
        {
            // A new run in the folder deletes unfinished requests to the previous run.
            throw TrainingErrors.EndedMeanwhile(folder);
        }
    }

    private static void CreateFolder(string mailbox) =>
        OnFailure.Throw(mailbox, TrainingErrors.CannotReachRun, () => Directory.CreateDirectory(mailbox));
}
