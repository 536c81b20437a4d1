namespace TinySora.Engine.Training;

/// <summary>Hears what a training run does. Called on the engine thread: return quickly, and hand over to your own thread.</summary>
public interface ITrainingObserver
{
    /// <summary>A few times a second at most, and at every checkpoint.</summary>
    void Progress(TrainingProgress progress);

    /// <summary>A step that counts, in order; soon after it was taken, and with what was written after it.</summary>
    void Stepped(TrainingStep step);

    /// <summary>What was decided and why, one sentence each.</summary>
    void Message(string text);

    /// <summary>Something that does not stop the run but that the user should know.</summary>
    void Warning(string text);
}

/// <summary>How far a run is.</summary>
/// <param name="Step">Steps completed.</param>
/// <param name="Loss">Smoothed over some fifty steps.</param>
/// <param name="Remaining">Until the last step or the end of the time budget, whichever comes first.</param>
/// <param name="CheckpointPath">A checkpoint that was written just now.</param>
public sealed record TrainingProgress(
    int Step, int TotalSteps, double Loss, double StepsPerSecond, TimeSpan Remaining, double LearningRate, string? CheckpointPath);
