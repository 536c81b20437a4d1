using System.Management.Automation;

namespace SampleCmdlets;

/// <summary>Every kind of parameter; echoes what was bound.</summary>
[Cmdlet(VerbsCommon.New, "Thing", SupportsShouldProcess = true)]
[Alias("nt")]
[OutputType(typeof(Thing))]
public sealed class NewThingCommand : PSCmdlet
{
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("Title", "Label")]
    public string[] Name { get; set; } = [];

    [Parameter(Position = 1, ValueFromPipelineByPropertyName = true)]
    [ValidateRange(1, 100)]
    public int Size { get; set; } = 10;

    [Parameter(ValueFromPipelineByPropertyName = true)]
    public Finish Finish { get; set; }

    [Parameter]
    [ValidateSet("Wood", "Stone")]
    public string Material { get; set; } = "Wood";

    [Parameter]
    public SwitchParameter Force { get; set; }

    protected override void ProcessRecord()
    {
        foreach (var name in Name)
        {
            if (ShouldProcess(name, "Make thing"))
            {
                WriteVerbose($"Making {name}.");
                WriteObject(new Thing(name, Size, Finish));
            }
        }
    }
}
