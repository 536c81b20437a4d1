using TinySora.Engine.Training.Reports;

namespace TinySora.Engine.Training.Sinks;

/// <summary>A format in which the steps of a run are logged. Each has a file here, and a line in <see cref="StepSinks"/>.</summary>
public interface IStepSink
{
    /// <summary>Adds steps that count, in order.</summary>
    void Write(IReadOnlyList<TrainingStep> steps);

    /// <summary>
    /// Drops, or declares void, what was written of later steps, by an earlier session, too: the run goes on from this one. Called when a run
    /// begins and when it goes back to a checkpoint.
    /// </summary>
    /// <param name="step">Steps completed.</param>
    void GoBack(int step);

    /// <summary>Lets others see what was written; called about once a second.</summary>
    void Flush()
    {
    }

    /// <summary>Called when the run has ended.</summary>
    void Close()
    {
    }
}
