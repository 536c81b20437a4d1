using System.Text;
using Microsoft.PowerShell.Commands.Internal.Format;

namespace TinySora.Commands;

/// <summary>Writes objects to a file as text; > and >> use it, too.</summary>
[Cmdlet(VerbsData.Out, "File", SupportsShouldProcess = true, DefaultParameterSetName = "ByPath")]
public sealed class OutFileCommand : FrontEndCommandBase
{
    private StreamWriter? writer;

    public OutFileCommand() => Internals.Prints(this);

    [Parameter(Mandatory = true, Position = 0, ParameterSetName = "ByPath")]
    [Alias("Path")]
    public string? FilePath { get; set; }

    [Parameter(Mandatory = true, ParameterSetName = "ByLiteralPath", ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath", "LP")]
    public string? LiteralPath { get; set; }

    [Parameter(Position = 1)]
    [EncodingName]
    public Encoding Encoding { get; set; } = EncodingNameAttribute.Usual;

    [Parameter]
    public SwitchParameter Append { get; set; }

    [Parameter]
    public SwitchParameter Force { get; set; }

    [Parameter]
    [Alias("NoOverwrite")]
    public SwitchParameter NoClobber { get; set; }

    [Parameter]
    [ValidateRange(2, int.MaxValue)]
    public int Width { get; set; } = int.MaxValue;

    [Parameter]
    public SwitchParameter NoNewline { get; set; }

    protected override void BeginProcessing()
    {
        if (ShouldProcess(FilePath ?? LiteralPath, "Output to File"))
        {
            writer = OutputFile.Open(this, FilePath, LiteralPath, Encoding, Append, Force, NoClobber);
            Internals.PrintTo(this, writer, Width, NoNewline);
            base.BeginProcessing();
        }
    }

    protected override void ProcessRecord()
    {
        if (writer is not null)
        {
            base.ProcessRecord();
            writer.Flush();
        }
    }

    protected override void EndProcessing()
    {
        // Where nothing came, a redirection has not begun to format.
        if (writer is not null && MyInvocation.PipelineLength > 0)
        {
            base.EndProcessing();
        }
    }

    protected override void InternalDispose()
    {
        base.InternalDispose();
        writer?.Dispose();
        writer = null;
    }
}
