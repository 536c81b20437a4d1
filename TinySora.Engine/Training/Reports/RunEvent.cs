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
