namespace TinySora.Engine.Training.Reports;

/// <summary>Observes a training run. Methods are called on the engine thread, so they must return quickly and pass longer work to another thread.</summary>
public interface ITrainingObserver
{
    /// <summary>Reports the progress, at most a few times per second, and at every checkpoint.</summary>
    void Progress(TrainingProgress progress);

    /// <summary>Reports the start of work that may take a while, before the first step or between steps, in a few words such as "reading the clips".</summary>
    void Starting(string what)
    {
    }

    /// <summary>
    /// Reports a completed step and the files written after it. Steps are reported in order, shortly after they have run; skipped steps are omitted.
    /// </summary>
    void StepCompleted(TrainingStep step);

    /// <summary>Reports important information, such as the data found, the duration of long steps, and how the run ended.</summary>
    void Announce(string text) => Message(text);

    /// <summary>Reports a decision and its reason in one sentence.</summary>
    void Message(string text);

    /// <summary>Reports an event for notifications to users who are away; warnings and announcements inform users at the terminal.</summary>
    void EventRaised(RunEvent what)
    {
    }

    /// <summary>Reports a problem that does not stop the run.</summary>
    void Warning(string text);
}

/// <summary>An observer that ignores all reports.</summary>
internal sealed class SilentObserver : ITrainingObserver
{
    public void Progress(TrainingProgress progress)
    {
    }

    public void StepCompleted(TrainingStep step)
    {
    }

    public void Message(string text)
    {
    }

    public void Warning(string text)
    {
    }
}
