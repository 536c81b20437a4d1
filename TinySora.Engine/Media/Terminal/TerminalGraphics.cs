namespace TinySora.Engine.Media.Terminal;

/// <summary>How a terminal takes pictures.</summary>
public enum TerminalGraphics
{
    /// <summary>Half-block characters, each showing two pixels; for every terminal with colours.</summary>
    HalfBlocks,

    /// <summary>DEC's sixels: xterm -ti vt340, foot, mlterm, Konsole, WezTerm, Windows Terminal from 1.22.</summary>
    Sixel,

    /// <summary>Kitty's graphics commands: kitty, Ghostty.</summary>
    Kitty,
}
