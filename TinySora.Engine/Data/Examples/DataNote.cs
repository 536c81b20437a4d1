namespace TinySora.Engine.Data;

/// <summary>What was found about the data.</summary>
public sealed record DataNote(string Text, bool IsWarning);
