using TinySora.Engine.Training;
using TinySora.PowerShell.Output;

namespace TinySora.PowerShell.Jobs;

/// <summary>A training run as work that writes its result, or its steps as they are taken.</summary>
/// <param name="summaryPath">Where the outcome is also written to; null: nowhere.</param>
internal sealed class TrainingWork(TrainingRequest request, bool writesSteps, string? summaryPath)
{
    /// <summary>The folder of the run.</summary>
    public string ResultsPath => request.ResultsPath!;

    public void Run(PipelineWriter writer, CancellationToken cancellation)
    {
        var result = RunSummary.Record(
            summaryPath, ResultsPath, () => TrainingSession.Run(request, new Observer(writer, writesSteps), cancellation));
        if (!writesSteps)
        {
            writer.Post(result);
        }
    }

    private sealed class Observer(PipelineWriter writer, bool writesSteps) : ITrainingObserver
    {
        public void Progress(TrainingProgress progress)
        {
            if (progress.CheckpointPath is not null)
            {
                writer.Verbose($"Saved '{progress.CheckpointPath}'.");
            }

            writer.Progress(
                "Training",
                $"step {progress.Step} of {progress.TotalSteps}, loss {progress.Loss:0.0000}, {progress.StepsPerSecond:0.0} steps/s",
                (double)progress.Step / progress.TotalSteps, progress.Remaining);
        }

        public void Stepped(TrainingStep step)
        {
            if (writesSteps)
            {
                writer.Post(step);
            }
        }

        public void Message(string text) => writer.Verbose(text);

        public void Warning(string text) => writer.Warning(text);
    }
}
