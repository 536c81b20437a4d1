namespace TinySora.Engine.Training.Reports;

/// <summary>What can happen to a run that somebody wants to be told of.</summary>
public enum RunEventKind
{
    /// <summary>The run takes its first step, or goes on.</summary>
    Started,

    /// <summary>The run wrote a checkpoint.</summary>
    Checkpoint,

    /// <summary>The run wrote a checkpoint that is better than all before by <c>trainer.best_by</c>.</summary>
    Better,

    /// <summary>Validations brought nothing better, as many in a row as <c>early_stopping_patience</c> says, or else <c>lr_patience</c>.</summary>
    Plateau,

    /// <summary>A loss or gradient was not finite: a step was skipped, or the run went back to a checkpoint.</summary>
    NotFinite,

    /// <summary>The disk has less space left than the checkpoints to come take.</summary>
    Disk,

    /// <summary>The run ended without an error.</summary>
    Ended,

    /// <summary>The run ended with an error.</summary>
    Failed,
}
