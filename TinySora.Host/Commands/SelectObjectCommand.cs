namespace TinySora.Commands;

[Cmdlet(VerbsCommon.Select, "Object", DefaultParameterSetName = "Parts")]
public sealed class SelectObjectCommand : PSCmdlet
{
    private readonly Queue<PSObject> waiting = new();
    private readonly List<PSObject> unique = [];
    private IReadOnlyList<Key> properties = [];
    private WildcardPattern[] excluded = [];
    private int seen;
    private int given;

    [Parameter(ValueFromPipeline = true)]
    public PSObject? InputObject { get; set; }

    [Parameter(Position = 0)]
    public object[]? Property { get; set; }

    [Parameter]
    public string[] ExcludeProperty { get; set; } = [];

    [Parameter]
    public string? ExpandProperty { get; set; }

    [Parameter]
    public SwitchParameter Unique { get; set; }

    [Parameter]
    public SwitchParameter CaseInsensitive { get; set; }

    [Parameter(ParameterSetName = "Parts")]
    [ValidateRange(0, int.MaxValue)]
    public int First { get; set; } = int.MaxValue;

    [Parameter(ParameterSetName = "Parts")]
    [ValidateRange(0, int.MaxValue)]
    public int Last { get; set; }

    [Parameter(ParameterSetName = "Parts")]
    [ValidateRange(0, int.MaxValue)]
    public int Skip { get; set; }

    [Parameter(ParameterSetName = "Parts")]
    [ValidateRange(0, int.MaxValue)]
    public int SkipLast { get; set; }

    /// <summary>Goes on to the end of the input although all that was asked for is there.</summary>
    [Parameter(ParameterSetName = "Parts")]
    [Parameter(ParameterSetName = "Index")]
    public SwitchParameter Wait { get; set; }

    [Parameter(ParameterSetName = "Index", Mandatory = true)]
    [ValidateRange(0, int.MaxValue)]
    public int[]? Index { get; set; }

    [Parameter(ParameterSetName = "SkipIndex", Mandatory = true)]
    [ValidateRange(0, int.MaxValue)]
    public int[]? SkipIndex { get; set; }

    private bool HasFirst => MyInvocation.BoundParameters.ContainsKey(nameof(First));

    protected override void BeginProcessing()
    {
        properties = Key.Of(Property ?? (ExcludeProperty.Length > 0 ? ["*"] : []));
        excluded = [.. ExcludeProperty.Select(name => new WildcardPattern(name, WildcardOptions.IgnoreCase))];
    }

    protected override void ProcessRecord()
    {
        if (InputObject is null)
        {
            return;
        }

        var number = seen++;
        if (Index is not null || SkipIndex is not null)
        {
            if (Index?.Contains(number) ?? !SkipIndex!.Contains(number))
            {
                Give(InputObject);
            }

            StopWhere(Index is not null && seen > Index.Max());
        }
        else if (Last > 0 && !HasFirst)
        {
            // The last ones; with -Skip those before the ones at the end.
            waiting.Enqueue(InputObject);
            if (waiting.Count > (long)Last + Skip)
            {
                waiting.Dequeue();
            }
        }
        else if (number >= Skip)
        {
            if (given < First)
            {
                if (SkipLast == 0)
                {
                    given++;
                    Give(InputObject);
                }
                else
                {
                    waiting.Enqueue(InputObject);
                    if (waiting.Count > SkipLast)
                    {
                        given++;
                        Give(waiting.Dequeue());
                    }
                }
            }
            else if (Last > 0)
            {
                waiting.Enqueue(InputObject);
                if (waiting.Count > Last)
                {
                    waiting.Dequeue();
                }
            }

            StopWhere(HasFirst && Last == 0 && given >= First);
        }
    }

    protected override void EndProcessing()
    {
        if (SkipLast == 0 && Last > 0)
        {
            foreach (var value in waiting.Take(HasFirst ? waiting.Count : waiting.Count - Skip))
            {
                Give(value);
            }
        }
    }

    private void StopWhere(bool enough)
    {
        if (enough && !Wait)
        {
            throw Internals.StopUpstream(this);
        }
    }

    private void Give(PSObject value)
    {
        foreach (var selected in ExpandProperty is null ? [Shape(value)] : Expand(value))
        {
            if (Unique)
            {
                if (unique.Exists(other => Same(other, selected)))
                {
                    continue;
                }

                unique.Add(selected);
            }

            WriteObject(selected);
        }
    }

    private PSObject Shape(PSObject value)
    {
        if (properties.Count == 0)
        {
            return value;
        }

        PSObject shape = new();
        Add(shape, value);
        shape.TypeNames.Insert(0, $"Selected.{value.BaseObject.GetType()}");
        return shape;
    }

    private void Add(PSObject shape, PSObject value)
    {
        foreach (var (name, found) in properties.SelectMany(p => p.In(value)).Where(p => !Array.Exists(excluded, e => e.IsMatch(p.Name))))
        {
            if (shape.Properties[name] is null)
            {
                shape.Properties.Add(new PSNoteProperty(name, found));
            }
            else if (Property is not null && ExpandProperty is not null)
            {
                WriteError(new ErrorRecord(
                    new PSInvalidOperationException($"The property cannot be processed because the property \"{name}\" already exists."),
                    "AlreadyExistingUserSpecifiedPropertyNoExpand", ErrorCategory.InvalidOperation, value));
            }
        }
    }

    private List<PSObject> Expand(PSObject value)
    {
        var key = Key.Of([ExpandProperty!])[0];
        if (!key.IsIn(value))
        {
            WriteError(new ErrorRecord(
                new PSArgumentException($"Property \"{ExpandProperty}\" cannot be found."), "ExpandPropertyNotFound", ErrorCategory.InvalidArgument, value));
            return [];
        }

        List<PSObject> all = [];
        foreach (var found in key.In(value).Select(p => p.Value))
        {
            var elements = LanguagePrimitives.GetEnumerable(found)?.Cast<object?>() ?? [found];
            foreach (var element in elements.OfType<object>())
            {
                var shape = properties.Count > 0 ? new PSObject(element is PSObject wrapped ? wrapped.BaseObject : element) : PSObject.AsPSObject(element);
                Add(shape, value);
                all.Add(shape);
            }
        }

        return all;
    }

    private bool Same(PSObject x, PSObject y)
    {
        if (x.BaseObject is not PSCustomObject || y.BaseObject is not PSCustomObject)
        {
            return LanguagePrimitives.Equals(x, y, CaseInsensitive);
        }

        var (left, right) = (x.Properties.ToArray(), y.Properties.ToArray());
        return left.Length == right.Length && left.Zip(right)
            .All(p => p.First.Name == p.Second.Name && LanguagePrimitives.Equals(p.First.Value, p.Second.Value, CaseInsensitive));
    }
}
