using System.Management.Automation;
using System.Management.Automation.Host;

namespace TinySora.Host;

/// <summary>
/// Where each stream goes, as PowerShell has it: errors to standard error, all else to standard output, progress only to a terminal.
/// </summary>
internal sealed class ConsoleScreen : PSHostUserInterface
{
    private readonly Lock gate = new();
    private readonly ProgressBars bars = new();

    public ConsoleScreen()
    {
        if (Environment.GetEnvironmentVariable("NO_COLOR") is not null || Environment.GetEnvironmentVariable("TERM") is "xterm-mono" or "xtermm")
        {
            PSStyle.Instance.OutputRendering = OutputRendering.PlainText;
        }
    }

    /// <summary>Whether the terminal takes escape sequences, as PowerShell decides it.</summary>
    public override bool SupportsVirtualTerminal { get; } =
        OperatingSystem.IsWindows() ? TerminalOrders.Take() : Environment.GetEnvironmentVariable("TERM") is not "dumb";

    public override PSHostRawUserInterface RawUI { get; } = new ConsoleRawUI();

    public override void Write(string value) => Put(Console.Out, value);

    public override void Write(ConsoleColor foregroundColor, ConsoleColor backgroundColor, string value) =>
        Write(Colored(foregroundColor, backgroundColor, value));

    public override void WriteLine(string value) => Put(Console.Out, value + Environment.NewLine);

    public override void WriteLine() => WriteLine("");

    public override void WriteLine(ConsoleColor foregroundColor, ConsoleColor backgroundColor, string value) =>
        WriteLine(Colored(foregroundColor, backgroundColor, value));

    public override void WriteErrorLine(string value)
    {
        if (!string.IsNullOrEmpty(value))
        {
            Put(Console.IsErrorRedirected ? Console.Error : Console.Out, value + Environment.NewLine);
        }
    }

    public override void WriteWarningLine(string message) => WriteStyled(FormatStyle.Warning, $"WARNING: {message}");

    public override void WriteVerboseLine(string message) => WriteStyled(FormatStyle.Verbose, $"VERBOSE: {message}");

    public override void WriteDebugLine(string message) => WriteStyled(FormatStyle.Debug, $"DEBUG: {message}");

    public override void WriteProgress(long sourceId, ProgressRecord record)
    {
        if (!Console.IsOutputRedirected && SupportsVirtualTerminal)
        {
            lock (gate)
            {
                bars.Show(sourceId, record);
            }
        }
    }

    /// <summary>Forgets all progress.</summary>
    public void EndProgress()
    {
        lock (gate)
        {
            bars.End();
            Console.Out.Flush();
        }
    }

    public override string ReadLine()
    {
        Questions.Refuse();
        return Console.In.ReadLine() ?? "";
    }

    public override System.Security.SecureString ReadLineAsSecureString() => Questions.ReadSecret();

    public override Dictionary<string, PSObject> Prompt(
        string caption, string message, System.Collections.ObjectModel.Collection<FieldDescription> descriptions) =>
        Questions.Ask(this, caption, message, descriptions);

    public override int PromptForChoice(
        string caption, string message, System.Collections.ObjectModel.Collection<ChoiceDescription> choices, int defaultChoice) =>
        Questions.Choose(this, caption, message, choices, defaultChoice);

    public override PSCredential PromptForCredential(string caption, string message, string userName, string targetName) =>
        Questions.Credential(this, caption, message, userName);

    public override PSCredential PromptForCredential(
        string caption, string message, string userName, string targetName, PSCredentialTypes allowedCredentialTypes, PSCredentialUIOptions options) =>
        Questions.Credential(this, caption, message, userName);

    private void WriteStyled(FormatStyle style, string text) =>
        WriteLine(SupportsVirtualTerminal ? $"{GetFormatStyleString(style)}{text}{PSStyle.Instance.Reset}" : text);

    private void Put(TextWriter writer, string text)
    {
        lock (gate)
        {
            bars.Hide();
            writer.Write(GetOutputString(text, SupportsVirtualTerminal));
        }
    }

    /// <summary>Colours that are not those of the terminal; into a file go none.</summary>
    private string Colored(ConsoleColor foreground, ConsoleColor background, string text)
    {
        if (!SupportsVirtualTerminal || Console.IsOutputRedirected || text.Length == 0)
        {
            return text;
        }

        var (front, back) = (RawUI.ForegroundColor, RawUI.BackgroundColor);
        return (foreground == front ? "" : PSStyle.MapForegroundColorToEscapeSequence(foreground))
            + (background == back ? "" : PSStyle.MapBackgroundColorToEscapeSequence(background)) + text + PSStyle.Instance.Reset;
    }
}
