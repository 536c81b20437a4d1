namespace TinySora.Engine.Compute.Threads;

/// <summary>The progress of work on many items; reported from any thread.</summary>
/// <param name="Item">The item just done.</param>
public sealed record ItemProgress(int Done, int Total, string Item);
