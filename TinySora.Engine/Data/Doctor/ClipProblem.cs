namespace TinySora.Engine.Data.Doctor;

/// <summary>What can be wrong with a clip or its caption.</summary>
public enum ClipProblemKind
{
    Corrupt,
    Unconverted,
    Empty,
    OtherFormat,
    TooLarge,
    OtherLength,
    Duplicate,
    Static,
    TooShort,
    TooSmall,
    CaptionMissing,
    CaptionEmpty,
    CaptionUnreadable,
}

/// <summary>Error: training leaves the clip out. Warning: it is trained on, but probably not as it was meant.</summary>
public enum ProblemSeverity
{
    Warning,
    Error,
}

/// <summary>One thing wrong with one clip of a dataset.</summary>
/// <param name="Path">The clip, also where the fault is its caption's.</param>
/// <param name="Reason">What was found.</param>
/// <param name="Fix">What to do about it.</param>
public sealed record ClipProblem(string Path, ClipProblemKind Problem, ProblemSeverity Severity, string Reason, string Fix)
{
    /// <summary>The values in one line of text.</summary>
    public override string ToString() => $"{Path}: {Reason}";
}
