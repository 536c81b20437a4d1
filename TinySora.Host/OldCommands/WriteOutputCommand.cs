using System.ComponentModel;
using System.Management.Automation;

namespace TinySora.Host.Commands;

/// <summary>Begins a pipeline with values: what 'a', 'b' | Command means.</summary>
[Cmdlet("Write", "Output")]
[Alias("echo")]
[Description("Begins a pipeline with values.")]
[OutputType(typeof(object))]
public sealed class WriteOutputCommand : PSCmdlet
{
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [AllowNull]
    [AllowEmptyString]
    public object?[] InputObject { get; set; } = [];

    protected override void ProcessRecord() => WriteObject(InputObject, enumerateCollection: true);
}
