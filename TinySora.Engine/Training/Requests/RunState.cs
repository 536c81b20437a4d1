namespace TinySora.Engine.Training.Requests;

/// <summary>What a run is doing, or why it came to its end. Files and results have the name.</summary>
public enum RunState
{
    /// <summary>It reads its clips.</summary>
    Starting,

    /// <summary>It takes its steps.</summary>
    Running,

    /// <summary>It waits until it is told to go on.</summary>
    Paused,

    /// <summary>It ended with an error.</summary>
    Failed,

    /// <summary>It was killed, or the machine went down.</summary>
    Interrupted,

    /// <summary>Only its checkpoints tell of it: it was imported, or trained before runs had a status.</summary>
    Unknown,

    /// <summary>It has taken all of its steps.</summary>
    Completed,

    /// <summary>Its time was up.</summary>
    TimeBudget,

    /// <summary>It was told to stop.</summary>
    Cancelled,

    /// <summary>A checkpoint had reached already what was asked for.</summary>
    AlreadyComplete,

    /// <summary>The smoothed loss is what <see cref="TrainingGoal.Loss"/> asks for.</summary>
    LossReached,

    /// <summary>So many validations as trainer.early_stopping_patience says brought nothing better.</summary>
    EarlyStopping,

    /// <summary>Nothing was done, because it is not the time for it.</summary>
    OutsideHours,
}

/// <summary>What follows from a <see cref="RunState"/>.</summary>
public static class RunStates
{
    /// <summary>Whether a run with this state has not ended by itself.</summary>
    public static bool IsLive(this RunState state) => state is RunState.Starting or RunState.Running or RunState.Paused;
}
