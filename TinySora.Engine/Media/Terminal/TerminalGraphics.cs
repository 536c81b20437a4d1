namespace TinySora.Engine.Media.Terminal;

/// <summary>How a terminal takes pictures.</summary>
public enum TerminalGraphics
{
    /// <summary>As characters of two pixels each; every terminal with colours.</summary>
    HalfBlocks,

    /// <summary>As DEC's sixels: xterm -ti vt340, foot, mlterm, Konsole, WezTerm, Windows Terminal from 1.22.</summary>
    Sixel,

    /// <summary>As kitty's commands for graphics: kitty, Ghostty.</summary>
    Kitty,
}
