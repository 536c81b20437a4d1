namespace TinySora.Commands;

[Cmdlet(VerbsData.Compare, "Object")]
public sealed class CompareObjectCommand : PSCmdlet
{
    private readonly List<PSObject> differences = [];
    private IReadOnlyList<Key> keys = [];

    [Parameter(Position = 0, Mandatory = true)]
    [AllowEmptyCollection]
    public PSObject[] ReferenceObject { get; set; } = [];

    [Parameter(Position = 1, Mandatory = true, ValueFromPipeline = true)]
    [AllowEmptyCollection]
    public PSObject[] DifferenceObject { get; set; } = [];

    [Parameter]
    public object[] Property { get; set; } = [];

    [Parameter]
    public SwitchParameter IncludeEqual { get; set; }

    [Parameter]
    public SwitchParameter ExcludeDifferent { get; set; }

    [Parameter]
    public SwitchParameter PassThru { get; set; }

    [Parameter]
    public SwitchParameter CaseSensitive { get; set; }

    protected override void BeginProcessing() => keys = Key.Of(Property);

    protected override void ProcessRecord() => differences.AddRange(DifferenceObject);

    protected override void EndProcessing()
    {
        ValueComparer comparer = new(CaseSensitive);
        var left = ReferenceObject.ToList();
        List<PSObject> added = [];
        foreach (var value in differences)
        {
            var match = left.FindIndex(other => Values(other).SequenceEqual(Values(value), comparer));
            if (match < 0)
            {
                added.Add(value);
                continue;
            }

            left.RemoveAt(match);
            if (IncludeEqual || ExcludeDifferent)
            {
                Write(value, "==");
            }
        }

        foreach (var (value, side) in ExcludeDifferent ? [] : added.Select(v => (v, "=>")).Concat(left.Select(v => (v, "<="))))
        {
            Write(value, side);
        }
    }

    private IEnumerable<object?> Values(PSObject value) => keys.Count == 0 ? [value] : keys.Select(k => k.ValueIn(value));

    private void Write(PSObject value, string side)
    {
        var result = PassThru ? value : new PSObject();
        foreach (var (name, found) in PassThru ? [] : keys.Count == 0 ? [("InputObject", value)] : keys.SelectMany(k => k.In(value)))
        {
            result.Properties.Add(new PSNoteProperty(name, found));
        }

        result.Properties.Remove("SideIndicator");
        result.Properties.Add(new PSNoteProperty("SideIndicator", side));
        WriteObject(result);
    }
}
