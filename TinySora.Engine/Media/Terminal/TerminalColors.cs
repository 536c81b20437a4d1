namespace TinySora.Engine.Media.Terminal;

/// <summary>The colours that a terminal shows.</summary>
public enum TerminalColors
{
    /// <summary>None, or too few for a picture.</summary>
    None,

    /// <summary>The 256 of xterm.</summary>
    Palette,

    /// <summary>All.</summary>
    All,
}
