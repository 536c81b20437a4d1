using System.ComponentModel;
using System.Management.Automation;

namespace TinySora.Host.Commands;

/// <summary>Writes objects as one JSON text; several become an array.</summary>
[Cmdlet(VerbsData.ConvertTo, "Json")]
[Description("Writes objects as one JSON text.")]
[OutputType(typeof(string))]
public sealed class ConvertToJsonCommand : PSCmdlet
{
    private readonly List<object?> objects = [];

    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [AllowNull]
    public object? InputObject { get; set; }

    /// <summary>Levels of objects inside objects; deeper ones become their text.</summary>
    [Parameter]
    [ValidateRange(0, 100)]
    public int Depth { get; set; } = 2;

    [Parameter]
    public SwitchParameter Compress { get; set; }

    /// <summary>Enumeration values as names, not numbers.</summary>
    [Parameter]
    public SwitchParameter EnumsAsStrings { get; set; }

    /// <summary>An array also for one object.</summary>
    [Parameter]
    public SwitchParameter AsArray { get; set; }

    protected override void ProcessRecord() => objects.Add(InputObject);

    protected override void EndProcessing()
    {
        var root = objects.Count == 1 && !AsArray ? objects[0] : objects;
        if (objects.Count > 0)
        {
            WriteObject(new JsonText(Depth, indented: !Compress, EnumsAsStrings).Of(root));
        }
    }
}
