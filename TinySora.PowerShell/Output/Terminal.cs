using System.Management.Automation;
using TinySora.Engine.Media.Terminal;

namespace TinySora.PowerShell.Output;

/// <summary>The terminal behind standard output, if there is one.</summary>
internal static class Terminal
{
    public const string HideCursor = "\u001b[?25l";
    public const string ShowCursor = "\u001b[?25h";

    /// <summary>Returns the colors to use; none if the output is redirected, NO_COLOR is set, or $PSStyle requests plain text.</summary>
    public static TerminalColors Colors(PSCmdlet cmdlet) =>
        Console.IsOutputRedirected || IsPlain(cmdlet.GetVariableValue("PSStyle"))
            ? TerminalColors.None
            : TerminalFeatures.Colors(Environment.GetEnvironmentVariable);

    /// <summary>
    /// Returns the graphics that the terminal supports, according to environment variables or, if these do not show it, by querying the terminal.
    /// </summary>
    public static TerminalGraphics Graphics() => TerminalFeatures.Graphics(Environment.GetEnvironmentVariable)
        ?? (TerminalQuery.SupportsSixel ? TerminalGraphics.Sixel : TerminalGraphics.HalfBlocks);

    /// <summary>Shows text like Write-Host, on the information stream, which 6> redirects.</summary>
    public static void Show(Cmdlet cmdlet, IEnumerable<string> lines) => cmdlet.WriteInformation(
        new HostInformationMessage { Message = string.Join(Environment.NewLine, lines) }, ["PSHOST"]);

    private static bool IsPlain(object? style) =>
        style is not null && PSObject.AsPSObject(style).Properties["OutputRendering"]?.Value?.ToString() == "PlainText";
}
