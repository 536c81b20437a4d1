using TinySora.Engine.Training.Optimization;

namespace TinySora.Engine.Training;

/// <summary>Receives requests to a training loop between its steps.</summary>
internal interface ITrainingControl
{
    /// <summary>Whether the run should pause.</summary>
    bool IsPaused { get; }

    /// <summary>Whether the run should save and end.</summary>
    bool IsStopped { get; }

    /// <summary>Handles requests since the last call.</summary>
    /// <param name="save">Writes a checkpoint and returns its path; may return to an earlier one first.</param>
    /// <param name="report">Reports the progress to observers.</param>
    void HandleRequests(TrainingState state, Func<string> save, Action report);
}
