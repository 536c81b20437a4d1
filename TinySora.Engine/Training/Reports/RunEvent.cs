using TinySora.Engine.Training.Requests;

namespace TinySora.Engine.Training.Reports;

/// <summary>Something that happened to a run.</summary>
/// <param name="Step">Steps completed.</param>
/// <param name="Message">One sentence for a reader.</param>
public sealed record RunEvent(RunEventKind Kind, int Step, string Message)
{
    /// <summary>The folder of the run.</summary>
    public string? ResultsPath { get; init; }

    /// <summary>Local time of the event.</summary>
    public DateTime Time { get; init; } = DateTime.Now;

    /// <summary>The smoothed loss; null: not known.</summary>
    public double? Loss { get; init; }

    /// <summary>The checkpoint that was written, or where the run ended its newest; null: none.</summary>
    public string? Checkpoint { get; init; }

    /// <summary>Why the run ended; <c>null</c> if it has not.</summary>
    public RunState? StoppedBecause { get; init; }

    /// <summary>The id of the error; null: there is none, or it is a defect of TinySora.</summary>
    public string? ErrorId { get; init; }

    /// <summary>What to do about the error.</summary>
    public string? Advice { get; init; }

    /// <summary>The event in one line of text.</summary>
    public override string ToString() => $"{Kind}: {Message}";
}

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
