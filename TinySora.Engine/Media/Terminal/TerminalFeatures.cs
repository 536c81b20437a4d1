namespace TinySora.Engine.Media.Terminal;

/// <summary>Colors that a terminal supports.</summary>
public enum TerminalColors
{
    /// <summary>No colors, or too few for an image.</summary>
    None,

    /// <summary>The 256 colors of xterm.</summary>
    Palette,

    /// <summary>All 16.7 million colors.</summary>
    All,
}

/// <summary>Ways to show images in a terminal.</summary>
public enum TerminalGraphics
{
    /// <summary>Half-block characters, each showing two pixels; works in every terminal with colors.</summary>
    HalfBlocks,

    /// <summary>DEC's sixels: xterm -ti vt340, foot, mlterm, Konsole, WezTerm, Windows Terminal from 1.22.</summary>
    Sixel,

    /// <summary>Kitty's graphics commands: kitty, Ghostty.</summary>
    Kitty,
}

/// <summary>Detects a terminal's capabilities from environment variables.</summary>
public static class TerminalFeatures
{
    /// <param name="variable">Function that returns the value of an environment variable; <c>null</c> if it is not set.</param>
    public static TerminalColors Colors(Func<string, string?> variable) => Colors(variable, OperatingSystem.IsWindows());

    /// <inheritdoc cref="Colors(Func{string, string})"/>
    internal static TerminalColors Colors(Func<string, string?> variable, bool isWindows)
    {
        var terminal = variable("TERM") ?? "";
        // https://no-color.org
        if (!string.IsNullOrEmpty(variable("NO_COLOR")) || terminal == "dumb")
        {
            return TerminalColors.None;
        }

        if (variable("COLORTERM") is "truecolor" or "24bit" || terminal.EndsWith("-direct", StringComparison.Ordinal))
        {
            return TerminalColors.All;
        }

        // Windows consoles (Windows 10 and later) show all colors, but set none of these variables. In WSL, only Windows Terminal identifies itself.
        if ((isWindows && terminal == "") || !string.IsNullOrEmpty(variable("WT_SESSION")))
        {
            return TerminalColors.All;
        }

        return terminal.Contains("256color", StringComparison.Ordinal) ? TerminalColors.Palette : TerminalColors.None;
    }

    /// <summary>Returns the supported graphics, if known. Programs between shell and terminal, such as tmux, pass on only characters.</summary>
    /// <param name="variable">Function that returns the value of an environment variable; <c>null</c> if it is not set.</param>
    /// <returns>
    /// <c>null</c> if the variables are not sufficient to determine the graphics; in this case, query the terminal, see <see cref="DeviceAttributes"/>.
    /// </returns>
    public static TerminalGraphics? Graphics(Func<string, string?> variable)
    {
        var (terminal, program) = (variable("TERM") ?? "", variable("TERM_PROGRAM") ?? "");
        if (terminal.StartsWith("screen", StringComparison.Ordinal) || terminal.StartsWith("tmux", StringComparison.Ordinal))
        {
            return TerminalGraphics.HalfBlocks;
        }

        if (!string.IsNullOrEmpty(variable("KITTY_WINDOW_ID")) || terminal is "xterm-kitty" or "xterm-ghostty" || program == "ghostty")
        {
            return TerminalGraphics.Kitty;
        }

        return terminal.StartsWith("foot", StringComparison.Ordinal) || terminal.StartsWith("mlterm", StringComparison.Ordinal)
            || terminal.Contains("sixel", StringComparison.Ordinal) || program is "WezTerm" or "mintty" or "iTerm.app" or "contour"
            || !string.IsNullOrEmpty(variable("KONSOLE_VERSION"))
            ? TerminalGraphics.Sixel
            : null;
    }
}
