using TinySora.Engine.Errors;

namespace TinySora.Engine.Data.Import;

/// <summary>Hears what an import leaves out; called on the importing thread.</summary>
public sealed record ImportReport(Action<SkippedClip> Skipped, Action<string> Warning)
{
    /// <summary>Receives the error of each source that cannot be used if others can; `null` if such a source ends the import.</summary>
    public Action<TinySoraException>? Failed { get; init; }
}
