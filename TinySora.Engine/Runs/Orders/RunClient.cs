using TinySora.Engine.Errors;
using TinySora.Engine.Files;
using TinySora.Engine.Training.Results;

namespace TinySora.Engine.Runs.Orders;

/// <summary>The other side of a run's mailbox: gives orders to a live run of any process.</summary>
public static class RunClient
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(25);

    /// <summary>Looks whether a run is there that takes orders.</summary>
    /// <exception cref="TinySoraException">NotLive.</exception>
    public static string Check(string folder) => ResultsFolder.IsInUse(folder) ? folder : throw TrainingErrors.NotLive(folder);

    /// <summary>Returns when the run has carried it out, which is after the step that it is at.</summary>
    /// <param name="folder">The run's results folder.</param>
    /// <exception cref="TinySoraException">NotLive, EndedMeanwhile, CannotReachRun, or why the run refused.</exception>
    /// <exception cref="OperationCanceledException">The order is taken back, if the run has not begun with it.</exception>
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
                    return answer.Refused is RunAnswer.Refusal refused ? throw refused.Arrived() : answer;
                }

                if (!live)
                {
                    throw TrainingErrors.EndedMeanwhile(folder);
                }

                // It may answer and end between two looks: one more after its end.
                live = ResultsFolder.IsInUse(folder);
                Moment.Wait(live ? LookInterval : TimeSpan.Zero, cancellation);
                cancellation.ThrowIfCancellationRequested();
            }
        }
        finally
        {
            // The run removes what is left when it next starts.
            BusyFile.TryDelete(path);
            BusyFile.TryDelete(answerPath);
        }
    }

    /// <summary>Returns when no run has the folder any more.</summary>
    /// <exception cref="OperationCanceledException">It goes on all the same.</exception>
    public static void WaitForEnd(string folder, CancellationToken cancellation)
    {
        while (ResultsFolder.IsInUse(folder))
        {
            Moment.Wait(LookInterval, cancellation);
            cancellation.ThrowIfCancellationRequested();
        }
    }

    private static void Post(string path, RunRequest request, string folder)
    {
        try
        {
            RunMailbox.Write(path, request);
        }
        catch (TinySoraException e) when (e.InnerException is FileNotFoundException or DirectoryNotFoundException)
        {
            // A run that has just begun in the folder sweeps what is left of orders to the one before.
            throw TrainingErrors.EndedMeanwhile(folder);
        }
    }

    private static void CreateFolder(string mailbox) =>
        OnFailure.Throw(mailbox, TrainingErrors.CannotReachRun, () => Directory.CreateDirectory(mailbox));
}
