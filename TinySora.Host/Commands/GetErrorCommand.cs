using System.Collections;

namespace TinySora.Commands;

[Cmdlet(VerbsCommon.Get, "Error", DefaultParameterSetName = "Newest")]
public sealed class GetErrorCommand : PSCmdlet
{
    [Parameter(ParameterSetName = "Error", ValueFromPipeline = true, Position = 0)]
    public PSObject? InputObject { get; set; }

    [Parameter(ParameterSetName = "Newest")]
    [Alias("Last")]
    [ValidateRange(1, int.MaxValue)]
    public int Newest { get; set; } = 1;

    protected override void ProcessRecord()
    {
        var errors = InputObject is not null ? [InputObject] : ((ArrayList)SessionState.PSVariable.GetValue("Error")).Cast<object>().Take(Newest);
        foreach (var error in errors.Select(e => (e is PSObject wrapped ? wrapped.BaseObject : e)))
        {
            PSObject shown = new(error is IContainsErrorRecord { ErrorRecord: var inner } ? inner : error);
            shown.TypeNames.Insert(0, "System.Management.Automation.ErrorRecord#PSExtendedError");
            WriteObject(shown);
        }
    }
}
