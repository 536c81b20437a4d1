using System.Management.Automation;

namespace SampleCmdlets;

/// <summary>Parameter sets with a default; writes the name of the set in force.</summary>
[Cmdlet(VerbsCommon.Find, "Thing", DefaultParameterSetName = "ByName")]
public sealed class FindThingCommand : PSCmdlet
{
    [Parameter(Position = 0, ParameterSetName = "ByName")]
    public string? Name { get; set; }

    [Parameter(Mandatory = true, ParameterSetName = "ById")]
    public int Id { get; set; }

    [Parameter(Mandatory = true, ParameterSetName = "ByThing", ValueFromPipeline = true)]
    public Thing? InputObject { get; set; }

    [Parameter(ParameterSetName = "ById")]
    [Parameter(ParameterSetName = "ByThing")]
    public SwitchParameter Deep { get; set; }

    protected override void ProcessRecord() => WriteObject(ParameterSetName);
}

/// <summary>Two sets, no default.</summary>
[Cmdlet(VerbsCommon.Join, "Thing")]
public sealed class JoinThingCommand : PSCmdlet
{
    [Parameter(Mandatory = true, ParameterSetName = "Glue")]
    public string? Glue { get; set; }

    [Parameter(Mandatory = true, ParameterSetName = "Nails")]
    public int Nails { get; set; }

    protected override void ProcessRecord() => WriteObject(ParameterSetName);
}

/// <summary>Needs two values, one of which may come from each object.</summary>
[Cmdlet(VerbsCommon.Set, "Thing")]
public sealed class SetThingCommand : PSCmdlet
{
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true)]
    public string Name { get; set; } = "";

    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true)]
    public int Size { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    public string Note { get; set; } = "none";

    protected override void ProcessRecord() => WriteObject($"{Name} {Size} {Note}");
}
