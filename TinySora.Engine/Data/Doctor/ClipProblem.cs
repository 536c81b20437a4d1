namespace TinySora.Engine.Data.Doctor;

/// <summary>Kinds of problems with a clip or its caption.</summary>
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

/// <summary>Severity of a problem. Training skips clips with errors; it uses clips with warnings, but probably not as intended.</summary>
public enum ProblemSeverity
{
    Warning,
    Error,
}

/// <summary>A problem with one clip of a dataset.</summary>
/// <param name="Path">Path of the clip, even if the problem is in its caption.</param>
/// <param name="Reason">The problem, in most cases as the predicate of a sentence whose subject is the clip.</param>
/// <param name="Fix">Advice on how to fix the problem.</param>
public sealed record ClipProblem(string Path, ClipProblemKind Problem, ProblemSeverity Severity, string Reason, string Fix)
{
    /// <summary>Formats the problem as one line of text.</summary>
    public override string ToString() => $"{Path}: {Reason}";
}
