namespace TinySora.Engine.Training.Requests;

/// <summary>Why a run came to its end.</summary>
public static class StopReason
{
    public const string Completed = nameof(Completed);
    public const string TimeBudget = nameof(TimeBudget);
    public const string Cancelled = nameof(Cancelled);
    public const string AlreadyComplete = nameof(AlreadyComplete);

    /// <summary>The smoothed loss is what <see cref="TrainingGoal.Loss"/> asks for.</summary>
    public const string LossReached = nameof(LossReached);

    /// <summary>So many validations as trainer.early_stopping_patience says brought nothing better.</summary>
    public const string EarlyStopping = nameof(EarlyStopping);

    /// <summary>Nothing was done, because it is not the time for it.</summary>
    public const string OutsideHours = nameof(OutsideHours);
}
