using TinySora.Engine.Errors;
using TinySora.Engine.Files;
using TinySora.Engine.Runs.Display;
using TinySora.Engine.Training;
using TinySora.Engine.Training.Optimization;
using TinySora.Engine.Training.Results;

namespace TinySora.Engine.Runs.Control;

/// <summary>The run's side of its mailbox, which carries out requests between steps.</summary>
/// <param name="draw">Function that draws a preview and returns the path of the image.</param>
internal sealed class RunControl(ResultsFolder folder, RunMonitor monitor, Func<RunRequest, string> draw) : ITrainingControl
{
    private readonly string mailbox = RunMailbox.In(folder.Path);

    /// <summary>Files of handled requests, so that a file that cannot be deleted does not repeat its request.</summary>
    private readonly HashSet<string> handled = [];

    private long nextLook;

    public bool IsPaused { get; private set; }

    public bool IsStopped { get; private set; }

    public void HandleRequests(TrainingState state, Func<string> save, Action report)
    {
        if (ProcessScheduler.Now < nextLook || !Directory.Exists(mailbox))
        {
            return;
        }

        nextLook = ProcessScheduler.Now + (long)Trainer.PollInterval.TotalMilliseconds;
        foreach (var path in RunMailbox.Requests(mailbox))
        {
            var request = RunMailbox.Read<RunRequest>(path);
            if (request is not null && handled.Add(path))
            {
                var answer = Answer(request, state, save);
                report();
                monitor.Write();
                TryAnswer(Path.ChangeExtension(path, RunMailbox.AnswerEnding), answer);
            }

            // Deleted only now, so that the next run in the folder refuses the request if this one is killed before it answers.
            BusyFile.TryDelete(path);
        }
    }

    private RunAnswer Answer(RunRequest request, TrainingState state, Func<string> save)
    {
        try
        {
            var path = CarryOut(request, state, save);
            return new RunAnswer(state.Step, path);
        }
        catch (TinySoraException e)
        {
            return Refuse(e);
        }
        catch (OperationCanceledException)
        {
            return Refuse(TrainingErrors.EndedMeanwhile(folder.Path));
        }
        catch (Exception e)
        {
            // A failed request, such as a preview without enough memory, must not end the run.
            return Refuse(TrainingErrors.RequestFailed(request.Action.ToString(), e));
        }

        RunAnswer Refuse(TinySoraException e) => new(state.Step, null) { Refused = RunAnswer.Refusal.Of(e) };
    }

    private string? CarryOut(RunRequest request, TrainingState state, Func<string> save)
    {
        switch (request.Action)
        {
            case RunAction.Suspend or RunAction.Resume:
                if (IsPaused != (request.Action == RunAction.Suspend))
                {
                    IsPaused = !IsPaused;
                    monitor.Pause(IsPaused);
                }

                return null;
            case RunAction.Stop:
                IsStopped = true;
                return null;
            case RunAction.Save:
                return save();
            case RunAction.SetLearningRate:
                return SetLearningRate(request.LearningRate ?? double.NaN, state, save);
            case RunAction.Preview:
                return draw(request);
            default:
                throw TrainingErrors.UnknownRequest(request.Action.ToString());
        }
    }

    /// <summary>
    /// Sets the learning rate and saves a checkpoint immediately. If the run ends abnormally, it resumes consistently: either with the new rate, or from
    /// before the change.
    /// </summary>
    private string SetLearningRate(double rate, TrainingState state, Func<string> save)
    {
        if (!double.IsFinite(rate) || rate <= 0)
        {
            throw TrainingErrors.BadLearningRate(rate);
        }

        var before = state.TrainLr;
        try
        {
            string path;
            do
            {
                state.TrainLr = rate;
                path = save();
            }
            while (state.TrainLr != rate);
            monitor.Message(FormattableString.Invariant($"The learning rate changes from {before} to {rate} after step {state.Step}."));
            return path;
        }
        catch
        {
            state.TrainLr = before;
            throw;
        }
    }

    private static void TryAnswer(string path, RunAnswer answer)
    {
        try
        {
            RunMailbox.Write(path, answer);
        }
        catch (TinySoraException)
        {
            // The sender can see the outcome in the run's status.
        }
    }
}
