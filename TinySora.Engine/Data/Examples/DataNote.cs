namespace TinySora.Engine.Data.Examples;

/// <summary>What was found about the data.</summary>
public sealed record DataNote(string Text, bool IsWarning);
