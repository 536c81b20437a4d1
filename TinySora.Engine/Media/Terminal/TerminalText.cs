namespace TinySora.Engine.Media.Terminal;

/// <summary>Prepares texts from users and files for output to a terminal.</summary>
public static class TerminalText
{
    /// <summary>Replaces control characters with spaces, so that a text cannot control the terminal.</summary>
    public static string Plain(string text) => string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c));
}
