namespace TinySora.Engine.Training.Reports;

/// <summary>An observer that shows nothing.</summary>
internal sealed class SilentObserver : ITrainingObserver
{
    public void Progress(TrainingProgress progress)
    {
    }

    public void Stepped(TrainingStep step)
    {
    }

    public void Message(string text)
    {
    }

    public void Warning(string text)
    {
    }
}
