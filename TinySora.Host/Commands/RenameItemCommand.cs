namespace TinySora.Commands;

[Cmdlet(VerbsCommon.Rename, "Item", SupportsShouldProcess = true, DefaultParameterSetName = "Path")]
public sealed class RenameItemCommand : PathCommand
{
    [Parameter(Mandatory = true, Position = 1, ValueFromPipelineByPropertyName = true)]
    public string NewName { get; set; } = "";

    [Parameter]
    public SwitchParameter Force { get; set; }

    [Parameter]
    public SwitchParameter PassThru { get; set; }

    protected override void Process(string path, bool isLiteral)
    {
        if (ShouldProcess($"Item: {path} Destination: {NewName}", "Rename Item"))
        {
            var renamed = InvokeProvider.Item.Rename(path, NewName, Force);
            if (PassThru)
            {
                WriteObject(renamed, enumerateCollection: true);
            }
        }
    }
}
