using System.Management.Automation;
using TinySora.Engine.Media.Terminal;

namespace TinySora.PowerShell.Output;

/// <summary>The terminal behind standard output, if there is one.</summary>
internal static class Terminal
{
    public const string HideCursor = "\u001b[?25l";
    public const string ShowCursor = "\u001b[?25h";

    /// <summary>The colours that it shows and the user wants: none into a file, with NO_COLOR, or where $PSStyle says plain text.</summary>
    public static TerminalColors Colors(PSCmdlet cmdlet) =>
        Console.IsOutputRedirected || IsPlain(cmdlet.GetVariableValue("PSStyle"))
            ? TerminalColors.None
            : TerminalFeatures.Colors(Environment.GetEnvironmentVariable);

    /// <summary>How it takes pictures: as its variables tell, or else as it answers itself.</summary>
    public static TerminalGraphics Graphics() => TerminalFeatures.Graphics(Environment.GetEnvironmentVariable)
        ?? (TerminalQuestion.TakesSixels ? TerminalGraphics.Sixel : TerminalGraphics.HalfBlocks);

    /// <summary>Shows text as Write-Host does: 6> leads it elsewhere.</summary>
    public static void Show(Cmdlet cmdlet, IEnumerable<string> lines) => cmdlet.WriteInformation(
        new HostInformationMessage { Message = string.Join(Environment.NewLine, lines) }, ["PSHOST"]);

    private static bool IsPlain(object? style) =>
        style is not null && PSObject.AsPSObject(style).Properties["OutputRendering"]?.Value?.ToString() == "PlainText";
}
