namespace TinySora.Engine.Data.Worlds;

/// <summary>A colour, a shape and a motion: what one clip of the shapes world shows.</summary>
public sealed record ShapesCombination(string Colour, string Shape, string Motion);
