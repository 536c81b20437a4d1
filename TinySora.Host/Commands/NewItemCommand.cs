namespace TinySora.Commands;

[Cmdlet(VerbsCommon.New, "Item", SupportsShouldProcess = true)]
public sealed class NewItemCommand : PathCommand
{
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [AllowEmptyString]
    public string? Name { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("Type")]
    public string? ItemType { get; set; }

    [Parameter(ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("Target")]
    public object? Value { get; set; }

    [Parameter]
    public SwitchParameter Force { get; set; }

    protected override string? UsualPath => Name is null ? null : "";

    protected override void Process(string path, bool isLiteral)
    {
        if (ShouldProcess(Name is null ? path : System.IO.Path.Combine(path, Name), $"Create {ItemType ?? "File"}"))
        {
            WriteObject(InvokeProvider.Item.New([path], Name, ItemType ?? "File", Value, Force), enumerateCollection: true);
        }
    }
}
