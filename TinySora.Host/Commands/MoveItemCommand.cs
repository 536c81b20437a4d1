namespace TinySora.Commands;

[Cmdlet(VerbsCommon.Move, "Item", SupportsShouldProcess = true, DefaultParameterSetName = "Path")]
public sealed class MoveItemCommand : TransferCommand
{
    protected override IEnumerable<PSObject> Transfer(string path, bool isLiteral) => InvokeProvider.Item.Move([path], Destination, Force, isLiteral);
}
