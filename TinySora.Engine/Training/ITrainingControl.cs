using TinySora.Engine.Training.Optimization;

namespace TinySora.Engine.Training;

/// <summary>Tells a training loop between its steps what others ask of the run.</summary>
internal interface ITrainingControl
{
    /// <summary>Whether the run shall pause.</summary>
    bool IsPaused { get; }

    /// <summary>Whether the run shall save and end.</summary>
    bool IsStopped { get; }

    /// <summary>Deals with what was asked for since the last call.</summary>
    /// <param name="save">Writes a checkpoint and returns its path; may first go back to an earlier one.</param>
    /// <param name="report">Tells observers how far the run is.</param>
    void Look(TrainingState state, Func<string> save, Action report);
}
