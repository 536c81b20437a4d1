using TinySora.Engine.Training.Reports;

namespace TinySora.Benchmarks;

/// <summary>Records the time at which each step of a training ended, in seconds since the start of the run.</summary>
internal sealed class StepEnds : ITrainingObserver
{
    public List<double> Ends { get; } = [];

    public void StepCompleted(TrainingStep step) => Ends.Add(step.Elapsed.TotalSeconds);

    public void Progress(TrainingProgress progress)
    {
    }

    public void Message(string text)
    {
    }

    public void Warning(string text)
    {
    }
}
