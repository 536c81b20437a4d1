namespace TinySora.Engine.Data.Import;

/// <summary>Hears what an import leaves out; called on the importing thread.</summary>
public sealed record ImportReport(Action<SkippedClip> Skipped, Action<string> Warning);
