namespace TinySora.Engine.Data.Worlds;

/// <summary>What one clip of the shapes world shows.</summary>
public sealed record ShapesCombination(string Colour, string Shape, string Motion);
