namespace TinySora.Engine.Compute;

/// <summary>Which examples of a micro-batch this process has: a stretch of them.</summary>
/// <param name="First">From 0.</param>
/// <param name="Total">Examples of the micro-batch.</param>
public sealed record BatchShare(int First, int Count, int Total);
