namespace TinySora.Commands;

[Cmdlet(VerbsCommon.Remove, "Item", SupportsShouldProcess = true, DefaultParameterSetName = "Path")]
public sealed class RemoveItemCommand : PathCommand
{
    private bool yesToAll;
    private bool noToAll;

    [Parameter]
    public SwitchParameter Recurse { get; set; }

    [Parameter]
    public SwitchParameter Force { get; set; }

    protected override void Process(string path, bool isLiteral)
    {
        foreach (var found in SessionState.Path.GetResolvedPSPathFromPSPath(isLiteral ? WildcardPattern.Escape(path) : path))
        {
            var full = found.Path;
            if (!ShouldProcess(full, "Remove Item"))
            {
                continue;
            }

            var recurses = Recurse.IsPresent;
            if (!recurses && InvokeProvider.Item.IsContainer(WildcardPattern.Escape(full)) && InvokeProvider.ChildItem.HasChild(full, Force, literalPath: true))
            {
                if (!ShouldContinue(
                    $"The item at {full} has children and the Recurse parameter was not specified. If you continue, all children will be removed with the "
                    + "item. Are you sure you want to continue?", "Confirm", ref yesToAll, ref noToAll))
                {
                    continue;
                }

                recurses = true;
            }

            InvokeProvider.Item.Remove([full], recurses, Force, literalPath: true);
        }
    }
}
