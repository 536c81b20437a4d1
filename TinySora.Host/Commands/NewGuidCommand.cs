namespace TinySora.Commands;

[Cmdlet(VerbsCommon.New, "Guid")]
[OutputType(typeof(Guid))]
public sealed class NewGuidCommand : PSCmdlet
{
    protected override void BeginProcessing() => WriteObject(Guid.NewGuid());
}
