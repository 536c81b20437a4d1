namespace TinySora.Engine.Data;

/// <summary>A clip that was written into a dataset.</summary>
public sealed record DatasetClip(string Path, string? Caption);
