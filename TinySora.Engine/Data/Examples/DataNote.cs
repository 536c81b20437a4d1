namespace TinySora.Engine.Data.Examples;

/// <summary>A remark about the data, for the user.</summary>
public sealed record DataNote(string Text, bool IsWarning);
