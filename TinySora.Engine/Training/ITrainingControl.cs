using TinySora.Engine.Training.Optimization;

namespace TinySora.Engine.Training;

/// <summary>Passes requests to a training loop between its steps.</summary>
internal interface ITrainingControl
{
    /// <summary>Whether the run should pause.</summary>
    bool IsPaused { get; }

    /// <summary>Whether the run should write a checkpoint and end.</summary>
    bool IsStopped { get; }

    /// <summary>Handles the requests that have arrived since the last call.</summary>
    /// <param name="save">Function that writes a checkpoint and returns its path. The function may first reset the run to an earlier checkpoint.</param>
    /// <param name="report">Action that reports the progress of the run to observers.</param>
    void HandleRequests(TrainingState state, Func<string> save, Action report);
}
