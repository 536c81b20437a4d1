namespace TinySora.Engine.Data.Writing;

/// <summary>A clip of a drawn dataset, with its number.</summary>
/// <param name="Name">Below the folder, without extension.</param>
/// <param name="Number">Which of the kind's clips it is.</param>
internal readonly record struct NumberedClip(string Name, int Number);
