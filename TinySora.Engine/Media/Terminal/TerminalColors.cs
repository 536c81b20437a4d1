namespace TinySora.Engine.Media.Terminal;

/// <summary>The colours that a terminal shows.</summary>
public enum TerminalColors
{
    /// <summary>No colours, or too few for a picture.</summary>
    None,

    /// <summary>The 256 colours of xterm.</summary>
    Palette,

    /// <summary>All 16.7 million colours.</summary>
    All,
}
