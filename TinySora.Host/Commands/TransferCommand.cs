namespace TinySora.Commands;

/// <summary>What Copy-Item and Move-Item have in common.</summary>
public abstract class TransferCommand : PathCommand
{
    [Parameter(Position = 1, ValueFromPipelineByPropertyName = true)]
    public string Destination { get; set; } = ".";

    [Parameter]
    public SwitchParameter Force { get; set; }

    [Parameter]
    public SwitchParameter PassThru { get; set; }

    protected override void Process(string path, bool isLiteral)
    {
        if (ShouldProcess($"Item: {path} Destination: {Destination}", MyInvocation.MyCommand.Name))
        {
            var made = Transfer(path, isLiteral);
            if (PassThru)
            {
                WriteObject(made, enumerateCollection: true);
            }
        }
    }

    protected abstract IEnumerable<PSObject> Transfer(string path, bool isLiteral);
}
