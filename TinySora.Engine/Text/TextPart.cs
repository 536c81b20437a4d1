namespace TinySora.Engine.Text;

/// <summary>A stretch of text and how much its words count in the mean over the text; 1 is usual.</summary>
public readonly record struct TextPart(string Text, float Weight);
