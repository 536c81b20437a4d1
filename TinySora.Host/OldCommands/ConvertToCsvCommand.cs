using System.ComponentModel;
using System.Management.Automation;

namespace TinySora.Host.Commands;

/// <summary>Writes objects as lines of CSV.</summary>
[Cmdlet(VerbsData.ConvertTo, "Csv")]
[Description("Writes objects as lines of CSV.")]
[OutputType(typeof(string))]
public sealed class ConvertToCsvCommand : PSCmdlet
{
    private CsvText? text;

    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    public PSObject InputObject { get; set; } = null!;

    [Parameter(Position = 1)]
    public char Delimiter { get; set; } = ',';

    protected override void ProcessRecord()
    {
        text ??= new CsvText(Delimiter);
        WriteObject(text.Lines(InputObject), enumerateCollection: true);
    }
}
