using System.ComponentModel;
using System.Management.Automation;

namespace TinySora.Host.Commands;

/// <summary>Puts objects in order, by properties or by themselves; equal ones keep their order.</summary>
[Cmdlet("Sort", "Object")]
[Description("Puts objects in order, by properties or by themselves.")]
public sealed class SortObjectCommand : PSCmdlet, IComparer<object?>
{
    private readonly List<PSObject> objects = [];

    [Parameter(ValueFromPipeline = true)]
    public PSObject? InputObject { get; set; }

    [Parameter(Position = 0)]
    public string[]? Property { get; set; }

    [Parameter]
    public SwitchParameter Descending { get; set; }

    [Parameter]
    public SwitchParameter Unique { get; set; }

    int IComparer<object?>.Compare(object? x, object? y)
    {
        try
        {
            return LanguagePrimitives.Compare(x, y, ignoreCase: true);
        }
        catch (ArgumentException)
        {
            return LanguagePrimitives.Compare(LanguagePrimitives.TextOf(x), y, ignoreCase: true);
        }
    }

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

        string[] keys = Property is null ? [""] : [.. PropertyPatterns.Expand(Property, objects[0])];
        var sorted = keys.Skip(1).Aggregate(OrderFirst(keys[0]), (order, key) =>
            Descending ? order.ThenByDescending(o => Key(o, key), this) : order.ThenBy(o => Key(o, key), this));
        PSObject? last = null;
        foreach (var value in sorted)
        {
            if (!Unique || last is null || keys.Any(k => ((IComparer<object?>)this).Compare(Key(last, k), Key(value, k)) != 0))
            {
                WriteObject(PSObject.Unwrap(value));
            }

            last = value;
        }
    }

    private IOrderedEnumerable<PSObject> OrderFirst(string key) =>
        Descending ? objects.OrderByDescending(o => Key(o, key), this) : objects.OrderBy(o => Key(o, key), this);

    private static object? Key(PSObject value, string property) => property.Length == 0 ? value : value.Properties[property]?.Value;
}
