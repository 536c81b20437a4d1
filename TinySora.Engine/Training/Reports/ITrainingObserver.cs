namespace TinySora.Engine.Training.Reports;

/// <summary>Hears what a training run does. Called on the engine thread: return quickly, and hand over to your own thread.</summary>
public interface ITrainingObserver
{
    /// <summary>A few times a second at most, and at every checkpoint.</summary>
    void Progress(TrainingProgress progress);

    /// <summary>What is done when no step is taken, before the first or between two, in a few words: it may take a while.</summary>
    void Starting(string what)
    {
    }

    /// <summary>A step that counts, in order; soon after it was taken, and with what was written after it.</summary>
    void Stepped(TrainingStep step);

    /// <summary>The few sentences that everybody is to see: what was found, how long a step takes where that is long, and how it ended.</summary>
    void Announce(string text) => Message(text);

    /// <summary>Tells what was decided and why, in one sentence.</summary>
    void Message(string text);

    /// <summary>Something that whoever is not there wants to be told of; warnings and announcements say it to those who are.</summary>
    void Happened(RunEvent what)
    {
    }

    /// <summary>Something that does not stop the run but that the user should know.</summary>
    void Warning(string text);
}

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
