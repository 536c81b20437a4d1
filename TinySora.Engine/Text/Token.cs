namespace TinySora.Engine.Text;

/// <summary>One piece of a text and how much it counts in the mean over the text.</summary>
public readonly record struct Token(int Id, float Weight);
