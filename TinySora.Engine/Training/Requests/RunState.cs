namespace TinySora.Engine.Training.Requests;

/// <summary>What a run is doing, or why it ended. Files have its name.</summary>
/// <remarks>Of 64 bits, since ConvertTo-Json writes such enums by name and others as numbers.</remarks>
public enum RunState : long
{
    /// <summary>The run waits in the queue of this machine for its turn.</summary>
    Queued,

    /// <summary>The run reads its clips.</summary>
    Starting,

    /// <summary>The run takes its steps.</summary>
    Running,

    /// <summary>The run waits until it is told to go on.</summary>
    Paused,

    /// <summary>The run ended with an error.</summary>
    Failed,

    /// <summary>The run was killed, or the machine went down.</summary>
    Interrupted,

    /// <summary>Only its checkpoints tell of it: it was imported, or trained before runs had a status.</summary>
    Unknown,

    /// <summary>The run has taken all of its steps.</summary>
    Completed,

    /// <summary>The run's time was up.</summary>
    TimeBudget,

    /// <summary>The run was told to stop.</summary>
    Cancelled,

    /// <summary>A checkpoint had reached already what was asked for.</summary>
    AlreadyComplete,

    /// <summary>The smoothed loss has reached the one that was asked for.</summary>
    LossReached,

    /// <summary>No better value in as many validations in a row as <c>trainer.early_stopping_patience</c> says.</summary>
    EarlyStopping,

    /// <summary>Nothing was done, because it is not the time for it.</summary>
    OutsideHours,
}

/// <summary>What follows from a <see cref="RunState"/>.</summary>
public static class RunStates
{
    /// <summary>Whether a run with this state has not ended by itself.</summary>
    public static bool IsLive(this RunState state) => state is RunState.Starting or RunState.Running or RunState.Paused;

    /// <summary>Whether nothing more comes of a run by itself: it is not live, and waits for no turn.</summary>
    public static bool HasEnded(this RunState state) => !state.IsLive() && state != RunState.Queued;
}
