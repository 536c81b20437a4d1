namespace TinySora.Engine.Training.Requests;

/// <summary>Current state of a run, or the reason why it ended. Files contain the state's name.</summary>
/// <remarks>Based on a 64-bit integer, because ConvertTo-Json writes such enums as names, and others as numbers.</remarks>
public enum RunState : long
{
    /// <summary>The run is waiting in the queue on this machine.</summary>
    Queued,

    /// <summary>The run is reading its clips.</summary>
    Starting,

    /// <summary>The run is training.</summary>
    Running,

    /// <summary>The run is paused until it is resumed.</summary>
    Paused,

    /// <summary>The run ended with an error.</summary>
    Failed,

    /// <summary>The run's process was killed, or the machine crashed or shut down.</summary>
    Interrupted,

    /// <summary>The folder contains only checkpoints, because the model was imported, or was trained by a version that did not write a status.</summary>
    Unknown,

    /// <summary>The run has completed all of its steps.</summary>
    Completed,

    /// <summary>The run's time limit was reached.</summary>
    TimeBudget,

    /// <summary>The run was stopped on request.</summary>
    Cancelled,

    /// <summary>A checkpoint had already reached the requested end of training.</summary>
    AlreadyComplete,

    /// <summary>The smoothed loss reached the requested value.</summary>
    LossReached,

    /// <summary>Validation results did not improve for <c>trainer.early_stopping_patience</c> validations.</summary>
    EarlyStopping,

    /// <summary>Training did not start, because it is not allowed at this time of day.</summary>
    OutsideHours,
}

/// <summary>Properties of a <see cref="RunState"/>.</summary>
public static class RunStates
{
    /// <summary>Returns whether a run in this state is in progress, unless its process has died.</summary>
    public static bool IsLive(this RunState state) => state is RunState.Starting or RunState.Running or RunState.Paused;

    /// <summary>Returns whether a run has ended, that is, it is neither in progress nor waiting in a queue.</summary>
    public static bool HasEnded(this RunState state) => !state.IsLive() && state != RunState.Queued;
}
