namespace TinySora.Engine.Data;

/// <summary>A clip or video that was skipped, and why.</summary>
public sealed record SkippedClip(string Path, string Reason)
{
    /// <summary>Whether the clip is intact but too short.</summary>
    internal bool IsTooShort { get; init; }

    /// <summary>Returns a sentence that contains the path only once, even if the reason already contains it.</summary>
    public override string ToString() =>
        Reason.Contains($"'{Path}'", StringComparison.Ordinal) ? $"Skipped: {Reason}" : $"Skipped '{Path}': {Reason}";
}
