namespace TinySora.Commands;

[Cmdlet("Sort", "Object", DefaultParameterSetName = "All")]
public sealed class SortObjectCommand : PSCmdlet
{
    private readonly List<PSObject> objects = [];

    [Parameter(ValueFromPipeline = true)]
    public PSObject? InputObject { get; set; }

    [Parameter(Position = 0)]
    public object[]? Property { get; set; }

    [Parameter]
    public SwitchParameter Descending { get; set; }

    [Parameter]
    public SwitchParameter Unique { get; set; }

    [Parameter]
    public SwitchParameter CaseSensitive { get; set; }

    /// <summary>A switch without effect: equal objects keep their order in any case.</summary>
    [Parameter(ParameterSetName = "All")]
    public SwitchParameter Stable { get; set; }

    [Parameter(ParameterSetName = "Top", Mandatory = true)]
    [ValidateRange(1, int.MaxValue)]
    public int Top { get; set; } = int.MaxValue;

    [Parameter(ParameterSetName = "Bottom", Mandatory = true)]
    [ValidateRange(1, int.MaxValue)]
    public int Bottom { get; set; } = int.MaxValue;

    protected override void ProcessRecord()
    {
        if (InputObject is not null)
        {
            objects.Add(InputObject);
        }
    }

    protected override void EndProcessing()
    {
        if (objects.Count == 0)
        {
            return;
        }

        var keys = Key.Of(Property ?? DefaultKeys(objects[0]));
        ValueComparer comparer = new(CaseSensitive);
        var rows = objects.Select(value => (Value: value, Keys: keys.Count == 0 ? [value] : keys.Select(k => k.ValueIn(value)).ToArray())).ToArray();
        var sorted = rows.OrderBy(_ => 0);
        for (var i = 0; i < rows[0].Keys.Length; i++)
        {
            var column = i;
            sorted = keys.ElementAtOrDefault(i)?.Descending ?? Descending
                ? sorted.ThenByDescending(row => row.Keys[column], comparer)
                : sorted.ThenBy(row => row.Keys[column], comparer);
        }

        var all = sorted.ToList();
        if (Unique)
        {
            all = [.. all.Where((row, i) => i == 0 || !row.Keys.SequenceEqual(all[i - 1].Keys, comparer))];
        }

        foreach (var (value, _) in all.Take(Top).Skip(Math.Max(0, all.Count - Bottom)))
        {
            WriteObject(value);
        }
    }

    /// <summary>The properties by which the type's own description orders objects.</summary>
    private static object[] DefaultKeys(PSObject value) =>
        value.Members["PSStandardMembers"]?.Value is PSMemberSet standard && standard.Members["DefaultKeyPropertySet"] is PSPropertySet set
            ? [.. set.ReferencedPropertyNames]
            : [];
}
