namespace TinySora.Engine.Configuration;

/// <summary>The keys of a family that say in what size and length its models work.</summary>
/// <param name="Height">Pixels of a frame.</param>
/// <param name="Width">Pixels of a frame; null there: as the height.</param>
/// <param name="Frames">Of a clip.</param>
public sealed record ClipKeys(string Height, string Width, string Frames);
