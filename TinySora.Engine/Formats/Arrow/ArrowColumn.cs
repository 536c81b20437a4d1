namespace TinySora.Engine.Formats.Arrow;

/// <summary>A column of an Arrow dataset.</summary>
/// <param name="Rank">How many lists are around an element: 0 for single values, 3 for arrays of (T, H, W).</param>
public sealed record ArrowColumn(string Name, ArrowElement Element, int Rank = 0);
