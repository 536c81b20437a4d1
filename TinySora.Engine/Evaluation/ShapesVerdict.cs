namespace TinySora.Engine.Evaluation;

/// <summary>What a clip shows, in the words of the shapes world; null where the pixels do not tell.</summary>
/// <param name="OneConnectedObject">Every frame shows exactly one object in one piece.</param>
public sealed record ShapesVerdict(string? Colour, string? Shape, string? Motion, bool OneConnectedObject);
