namespace TinySora.Engine.Media.Terminal;

/// <summary>Texts of users and of files on their way to a terminal.</summary>
public static class TerminalText
{
    /// <summary>The text with spaces for control characters, so that it commands no terminal.</summary>
    public static string Plain(string text) => string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c));
}
