using TinySora.Engine.Training.Reports;

namespace TinySora.PowerShell.Output;

/// <summary>Shows the progress of a training run, and optionally writes its steps.</summary>
/// <param name="writesSteps">Whether to write each step to the pipeline.</param>
/// <param name="folder">Results folder, recorded in the steps.</param>
/// <param name="name">Name that distinguishes the run from others in the same command; <c>null</c> if it is the only run.</param>
/// <param name="tell">Receives the run's events.</param>
internal sealed class TrainingProgressBar(PipelineWriter writer, bool writesSteps, string folder, string? name, Action<RunEvent> tell) : ITrainingObserver
{
    private const string Activity = "Training";

    private readonly string prefix = name is null ? "" : $"{name}: ";

    public void Starting(string what) => writer.Starting(Activity, prefix + what);

    /// <summary>Number of steps reported as completed.</summary>
    public int Step { get; private set; }

    public void Progress(TrainingProgress progress)
    {
        Step = progress.Step;
        if (progress.CheckpointPath is not null)
        {
            writer.Verbose($"{prefix}Step {progress.Step}: {progress.LossText}.");
            writer.Verbose($"{prefix}Saved '{progress.CheckpointPath}'.");
        }

        // A run with a time budget may end before its last step.
        var (last, about) = progress.LastInTime is int inTime ? (inTime, "about ") : (progress.TotalSteps, "");
        writer.Progress(
            Activity, $"{prefix}step {progress.Step} of {about}{last}, {progress.LossText}, {progress.StepsPerSecond:0.0} steps/s",
            (double)progress.Step / last, progress.Remaining);
    }

    public void StepCompleted(TrainingStep step)
    {
        if (writesSteps)
        {
            writer.Post(step with { ResultsPath = folder });
        }
    }

    public void EventRaised(RunEvent what) => tell(what with { ResultsPath = folder });

    public void Announce(string text) => writer.Information(prefix + text);

    public void Message(string text) => writer.Verbose(prefix + text);

    public void Warning(string text) => writer.Warning(prefix + text);
}
