using TinySora.Engine.Training.Requests;

namespace TinySora.Engine.Training.Reports;

/// <summary>An event of a training run that the user may want to be notified of.</summary>
/// <param name="Step">Number of completed steps.</param>
/// <param name="Message">One sentence for the user.</param>
public sealed record RunEvent(RunEventKind Kind, int Step, string Message)
{
    /// <summary>Folder of the run.</summary>
    public string? ResultsPath { get; init; }

    /// <summary>Local time of the event.</summary>
    public DateTime Time { get; init; } = DateTime.Now;

    /// <summary>Smoothed loss; <c>null</c> if unknown.</summary>
    public double? Loss { get; init; }

    /// <summary>Path of the written checkpoint or, at the end of the run, of the newest one; <c>null</c> if there is none.</summary>
    public string? Checkpoint { get; init; }

    /// <summary>Reason why the run ended; <c>null</c> if it has not ended.</summary>
    public RunState? StoppedBecause { get; init; }

    /// <summary>ID of the error; <c>null</c> if there was no error, or if it is a defect in TinySora.</summary>
    public string? ErrorId { get; init; }

    /// <summary>Advice on how to fix the error; <c>null</c> if there was no error.</summary>
    public string? Advice { get; init; }

    /// <summary>Returns the event on one line.</summary>
    public override string ToString() => $"{Kind}: {Message}";
}

/// <summary>Kinds of events that users may want to be notified of.</summary>
public enum RunEventKind
{
    /// <summary>The run is about to take its first step, or resumes.</summary>
    Started,

    /// <summary>The run wrote a checkpoint.</summary>
    Checkpoint,

    /// <summary>The run wrote a checkpoint that is better than all earlier ones by <c>trainer.best_by</c>.</summary>
    Better,

    /// <summary>
    /// Validation results have not improved for <c>early_stopping_patience</c> validations or, if that key is not set, for <c>lr_patience</c> validations.
    /// </summary>
    Plateau,

    /// <summary>A loss or gradient was not finite, so a step was skipped, or the run returned to a checkpoint.</summary>
    NotFinite,

    /// <summary>The disk does not have enough space for the next checkpoints.</summary>
    Disk,

    /// <summary>The run ended without an error.</summary>
    Ended,

    /// <summary>The run ended with an error.</summary>
    Failed,
}
