namespace TinySora.Engine.Media;

/// <summary>What a terminal can do, as it tells programs by environment variables.</summary>
public static class TerminalFeatures
{
    /// <param name="variable">The value of an environment variable; null: it is not set.</param>
    public static TerminalColors Colors(Func<string, string?> variable)
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
        // Windows Terminal sets neither of the two.
        if (!string.IsNullOrEmpty(variable("WT_SESSION")))
        {
            return TerminalColors.All;
        }

        return terminal.Contains("256color", StringComparison.Ordinal) ? TerminalColors.Palette : TerminalColors.None;
    }
}
