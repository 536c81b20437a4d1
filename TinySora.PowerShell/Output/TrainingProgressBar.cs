using TinySora.Engine.Training.Reports;

namespace TinySora.PowerShell.Output;

/// <summary>Shows how far a training run is, and writes its steps where they are asked for.</summary>
/// <param name="writesSteps">Whether each step is an object of the pipeline.</param>
/// <param name="folder">The results folder, which the steps name.</param>
/// <param name="name">What tells the run from others of the same command; null: it is the only one.</param>
/// <param name="tell">Hears of the run's events.</param>
internal sealed class TrainingProgressBar(PipelineWriter writer, bool writesSteps, string folder, string? name, Action<RunEvent> tell) : ITrainingObserver
{
    private const string Activity = "Training";

    private readonly string prefix = name is null ? "" : $"{name}: ";

    public void Starting(string what) => writer.Starting(Activity, prefix + what);

    /// <summary>Steps completed, as far as the run has told.</summary>
    public int Step { get; private set; }

    public void Progress(TrainingProgress progress)
    {
        Step = progress.Step;
        if (progress.CheckpointPath is not null)
        {
            writer.Verbose($"{prefix}Step {progress.Step}: {progress.LossText}.");
            writer.Verbose($"Saved '{progress.CheckpointPath}'.");
        }

        // Of a run that its time ends before its last step.
        var (last, about) = progress.LastInTime is int inTime ? (inTime, "about ") : (progress.TotalSteps, "");
        writer.Progress(
            Activity, $"{prefix}step {progress.Step} of {about}{last}, {progress.LossText}, {progress.StepsPerSecond:0.0} steps/s",
            (double)progress.Step / last, progress.Remaining);
    }

    public void Stepped(TrainingStep step)
    {
        if (writesSteps)
        {
            writer.Post(step with { ResultsPath = folder });
        }
    }

    public void Happened(RunEvent what) => tell(what with { ResultsPath = folder });

    public void Announce(string text) => writer.Information(prefix + text);

    public void Message(string text) => writer.Verbose(text);

    public void Warning(string text) => writer.Warning(text);
}
