using System.Text;
using Microsoft.PowerShell.Commands.Internal.Format;

namespace TinySora.Commands;

[Cmdlet(VerbsData.Out, "String", DefaultParameterSetName = "NoNewLineFormatting")]
[OutputType(typeof(string))]
public sealed class OutStringCommand : FrontEndCommandBase
{
    private readonly StringBuilder text = new();

    public OutStringCommand() => Internals.Prints(this);

    [Parameter(ParameterSetName = "StreamFormatting")]
    public SwitchParameter Stream { get; set; }

    [Parameter]
    [ValidateRange(2, int.MaxValue)]
    public int Width { get; set; } = int.MaxValue;

    [Parameter(ParameterSetName = "NoNewLineFormatting")]
    public SwitchParameter NoNewline { get; set; }

    protected override void BeginProcessing()
    {
        Internals.PrintTo(this, new LineWriter(Take), Width, NoNewline);
        base.BeginProcessing();
    }

    protected override void EndProcessing()
    {
        base.EndProcessing();
        if (!Stream)
        {
            WriteObject(text.ToString());
        }
    }

    private void Take(string line)
    {
        if (Stream)
        {
            WriteObject(line);
        }
        else
        {
            text.Append(line).Append(NoNewline ? "" : Environment.NewLine);
        }
    }

    /// <summary>Gives on each line as the engine writes it: a text of several lines in one.</summary>
    private sealed class LineWriter(Action<string> take) : StringWriter
    {
        public override void WriteLine(string? value) => take(value ?? "");

        public override void Write(string? value) => take(value ?? "");
    }
}
