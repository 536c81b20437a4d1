namespace TinySora.Engine.Compute.Threads;

/// <summary>How far work on many items has come; reported from any thread.</summary>
/// <param name="Item">The item just done.</param>
public sealed record ItemProgress(int Done, int Total, string Item);
