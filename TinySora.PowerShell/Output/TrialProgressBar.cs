using System.Collections.Concurrent;
using TinySora.Engine.Training.Reports;

namespace TinySora.PowerShell.Output;

/// <summary>Shows the progress of a trial: a short training run that measures something and discards its weights.</summary>
internal sealed class TrialProgressBar(PipelineWriter writer, string activity) : ITrainingObserver
{
    private readonly ConcurrentDictionary<string, bool> warned = new();

    public void Starting(string what) => writer.Starting(activity, what);

    public void Progress(TrainingProgress progress) => writer.Progress(
        activity, $"step {progress.Step} of {progress.TotalSteps}, loss {progress.Loss:0.0000}",
        (double)progress.Step / progress.TotalSteps, progress.Remaining);

    public void StepCompleted(TrainingStep step)
    {
    }

    public void Message(string text) => writer.Verbose(text);

    /// <summary>Writes each warning only once, because all training runs in a trial have the same configuration and data.</summary>
    public void Warning(string text)
    {
        if (warned.TryAdd(text, true))
        {
            writer.Warning(text);
        }
    }
}
