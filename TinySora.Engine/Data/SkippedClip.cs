namespace TinySora.Engine.Data;

/// <summary>A clip or video that was left out, and why.</summary>
public sealed record SkippedClip(string Path, string Reason)
{
    /// <summary>Whether the clip is sound but shorter than the clips that are wanted.</summary>
    internal bool IsTooShort { get; init; }

    /// <summary>A sentence that names the file once: the reasons of most errors do already.</summary>
    public override string ToString() =>
        Reason.Contains($"'{Path}'", StringComparison.Ordinal) ? $"Skipped: {Reason}" : $"Skipped '{Path}': {Reason}";
}
