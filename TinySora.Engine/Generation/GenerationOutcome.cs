namespace TinySora.Engine.Generation;

/// <summary>What became of one clip that was asked for: a video, or why there is none.</summary>
public sealed record GenerationOutcome(GeneratedVideo? Video, Exception? Failure);
