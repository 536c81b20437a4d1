using System.Text;
using Microsoft.PowerShell.Commands.Internal.Format;

namespace TinySora.Commands;

[Cmdlet(VerbsData.Out, "String", DefaultParameterSetName = "NoNewLineFormatting")]
[OutputType(typeof(string))]
public sealed class OutStringCommand : FrontEndCommandBase
{
    private readonly StringWriter writer = new();

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
        Internals.PrintTo(this, writer, Width, NoNewline);
        base.BeginProcessing();
    }

    protected override void ProcessRecord()
    {
        base.ProcessRecord();
        WriteLines();
    }

    protected override void EndProcessing()
    {
        base.EndProcessing();
        WriteLines();
        if (!Stream)
        {
            WriteObject(writer.ToString());
        }
    }

    private void WriteLines()
    {
        if (Stream && writer.GetStringBuilder() is { Length: > 0 } text)
        {
            foreach (var line in text.ToString()[..^Environment.NewLine.Length].Split(Environment.NewLine))
            {
                WriteObject(line);
            }

            text.Clear();
        }
    }
}
