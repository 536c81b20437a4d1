using System.Collections;
using System.ComponentModel;
using System.Management.Automation;

namespace TinySora.Host.Commands;

/// <summary>Takes some of the objects, some of their properties, or the value of one.</summary>
[Cmdlet(VerbsCommon.Select, "Object", DefaultParameterSetName = "Properties")]
[Description("Takes some of the objects, some of their properties, or the value of one.")]
public sealed class SelectObjectCommand : PSCmdlet
{
    private readonly Queue<PSObject> tail = new();
    private readonly HashSet<string> seen = new(StringComparer.Ordinal);
    private int arrived;
    private int written;

    [Parameter(ValueFromPipeline = true)]
    public PSObject? InputObject { get; set; }

    [Parameter(Position = 0, ParameterSetName = "Properties")]
    [ValidateNotNullOrEmpty]
    public string[]? Property { get; set; }

    [Parameter(Mandatory = true, ParameterSetName = "Value")]
    public string? ExpandProperty { get; set; }

    [Parameter]
    [ValidateRange(0, int.MaxValue)]
    public int? First { get; set; }

    [Parameter]
    [ValidateRange(0, int.MaxValue)]
    public int? Last { get; set; }

    [Parameter]
    [ValidateRange(0, int.MaxValue)]
    public int Skip { get; set; }

    /// <summary>Leaves out objects that look like one before.</summary>
    [Parameter]
    public SwitchParameter Unique { get; set; }

    protected override void BeginProcessing()
    {
        if (First == 0 && Last is null)
        {
            throw new StopUpstreamCommandsException(this);
        }
    }

    protected override void ProcessRecord()
    {
        if (InputObject is null)
        {
            return;
        }

        arrived++;
        var skipped = Last is null && arrived <= Skip;
        if (!skipped && (First is not null || Last is null))
        {
            WriteFirst(InputObject);
        }

        if (Last is not null)
        {
            // -Skip counts from the end here.
            tail.Enqueue(InputObject);
            if (tail.Count > Last + Skip)
            {
                tail.Dequeue();
            }
        }
    }

    protected override void EndProcessing()
    {
        foreach (var value in tail.Take(Math.Max(0, tail.Count - Skip)).Skip(Math.Max(0, (First ?? 0) + tail.Count - arrived)))
        {
            Write(value);
        }
    }

    private void WriteFirst(PSObject value)
    {
        if (First is null || written < First)
        {
            Write(value);
            written++;
        }

        if (First is not null && written >= First && Last is null)
        {
            throw new StopUpstreamCommandsException(this);
        }
    }

    private void Write(PSObject value)
    {
        if (ExpandProperty is not null)
        {
            WriteExpanded(value, ExpandProperty);
            return;
        }

        var result = Property is null ? value : Reduced(value, Property);
        if (!Unique || seen.Add(Likeness(result)))
        {
            WriteObject(Property is null ? PSObject.Unwrap(result) : result);
        }
    }

    private static string Likeness(PSObject value) =>
        string.Join('\0', value.Properties.Select(p => $"{p.Name}={LanguagePrimitives.TextOf(p.Value)}").Append(value.ToString()));

    private static PSObject Reduced(PSObject value, string[] properties)
    {
        PSObject reduced = new();
        foreach (var name in PropertyPatterns.Expand(properties, value))
        {
            reduced.Properties.Add(new PSNoteProperty(name, value.Properties[name]?.Value));
        }

        return reduced;
    }

    private void WriteExpanded(PSObject value, string name)
    {
        var property = value.Properties[name];
        if (property is null)
        {
            WriteError(new ErrorRecord(new PSArgumentException($"Property \"{name}\" cannot be found."),
                "ExpandPropertyNotFound", ErrorCategory.InvalidArgument, value));
            return;
        }

        WriteObject(property.Value, enumerateCollection: property.Value is not IDictionary);
    }
}
