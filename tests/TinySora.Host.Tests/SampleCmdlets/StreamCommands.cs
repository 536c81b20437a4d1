using System.Management.Automation;

namespace SampleCmdlets;

/// <summary>Writes to every stream.</summary>
[Cmdlet(VerbsCommunications.Send, "Message")]
public sealed class SendMessageCommand : PSCmdlet
{
    protected override void ProcessRecord()
    {
        WriteVerbose("in detail");
        WriteDebug("for developers");
        WriteWarning("careful");
        WriteInformation("for your information", ["sample"]);
        WriteProgress(new ProgressRecord(1, "Sending", "half way") { PercentComplete = 50, SecondsRemaining = 61 });
        ErrorRecord record = new(new InvalidDataException("The thing is broken."), "Sample.Thing.Broken", ErrorCategory.InvalidData, "thing.txt")
        {
            ErrorDetails = new ErrorDetails("The thing in thing.txt is broken.") { RecommendedAction = "Mend it with New-Thing." },
        };
        WriteError(record);
        WriteObject("done");
    }
}

/// <summary>Asks although nobody wanted to confirm.</summary>
[Cmdlet(VerbsCommon.Remove, "Thing", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
public sealed class RemoveThingCommand : PSCmdlet
{
    [Parameter(Mandatory = true, Position = 0)]
    public string[] Name { get; set; } = [];

    [Parameter]
    public SwitchParameter Ask { get; set; }

    protected override void ProcessRecord()
    {
        foreach (var name in Name)
        {
            if (ShouldProcess(name) && (!Ask || ShouldContinue($"Really {name}?", "Remove")))
            {
                WriteObject($"removed {name}");
            }
        }
    }
}
