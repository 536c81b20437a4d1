using System.Collections;
using System.Collections.ObjectModel;

namespace TinySora.Commands;

/// <summary>Objects of the same values; shown by the engine's own view of PowerShell's groups.</summary>
public sealed record ObjectGroup(IReadOnlyList<object?> Values, Collection<PSObject> Group)
{
    public int Count => Group.Count;

    public string Name => string.Join(", ", Values.Select(value => LanguagePrimitives.ConvertTo<string>(value)));
}

[Cmdlet(VerbsData.Group, "Object", DefaultParameterSetName = "List")]
public sealed class GroupObjectCommand : PSCmdlet
{
    private readonly List<ObjectGroup> groups = [];
    private IReadOnlyList<Key> keys = [];

    [Parameter(ValueFromPipeline = true)]
    public PSObject? InputObject { get; set; }

    [Parameter(Position = 0)]
    public object[] Property { get; set; } = [];

    [Parameter]
    public SwitchParameter NoElement { get; set; }

    [Parameter]
    public SwitchParameter CaseSensitive { get; set; }

    [Parameter(ParameterSetName = "Table", Mandatory = true)]
    [Alias("AHT")]
    public SwitchParameter AsHashTable { get; set; }

    [Parameter(ParameterSetName = "Table")]
    public SwitchParameter AsString { get; set; }

    protected override void BeginProcessing() => keys = Key.Of(Property);

    protected override void ProcessRecord()
    {
        if (InputObject is null)
        {
            return;
        }

        IReadOnlyList<object?> values = keys.Count == 0 ? [InputObject] : [.. keys.Select(k => k.ValueIn(InputObject))];
        var group = groups.Find(g => g.Values.SequenceEqual(values, new ValueComparer(CaseSensitive)));
        if (group is null)
        {
            groups.Add(group = new ObjectGroup(values, []));
        }

        group.Group.Add(InputObject);
    }

    protected override void EndProcessing()
    {
        if (AsHashTable)
        {
            Hashtable table = new(CaseSensitive ? StringComparer.CurrentCulture : StringComparer.CurrentCultureIgnoreCase);
            foreach (var group in groups)
            {
                table[AsString || group.Values.Count > 1 ? group.Name : group.Values[0] is PSObject wrapped ? wrapped.BaseObject : group.Values[0] ?? ""] =
                    group.Group;
            }

            WriteObject(table);
            return;
        }

        foreach (var group in groups.OrderBy(g => g.Values[0], new ValueComparer(CaseSensitive)))
        {
            PSObject shown = new(group);
            shown.TypeNames.Insert(0, NoElement ? "Microsoft.PowerShell.Commands.GroupInfoNoElement" : "Microsoft.PowerShell.Commands.GroupInfo");
            WriteObject(shown);
        }
    }
}
