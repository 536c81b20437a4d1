namespace TinySora.Commands;

[Cmdlet(VerbsCommon.Get, "Item", DefaultParameterSetName = "Path")]
public sealed class GetItemCommand : PathCommand
{
    [Parameter]
    public string? Filter { get; set; }

    [Parameter]
    public string[] Include { get; set; } = [];

    [Parameter]
    public string[] Exclude { get; set; } = [];

    [Parameter]
    public SwitchParameter Force { get; set; }

    protected override void Process(string path, bool isLiteral)
    {
        NameFilter names = new(Filter, Include, Exclude);
        foreach (var item in InvokeProvider.Item.Get([path], Force, isLiteral))
        {
            if (names.Takes(item.Properties["PSChildName"]?.Value as string ?? ""))
            {
                WriteObject(item);
            }
        }
    }
}
