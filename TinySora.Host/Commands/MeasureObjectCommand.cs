namespace TinySora.Commands;

[Cmdlet(VerbsDiagnostic.Measure, "Object", DefaultParameterSetName = "Numbers")]
public sealed class MeasureObjectCommand : PSCmdlet
{
    private readonly List<object?> values = [];
    private readonly Dictionary<string, List<object?>> byProperty = new(StringComparer.OrdinalIgnoreCase);
    private IReadOnlyList<Key> keys = [];

    [Parameter(ValueFromPipeline = true)]
    public PSObject? InputObject { get; set; }

    [Parameter(Position = 0)]
    public object[] Property { get; set; } = [];

    [Parameter(ParameterSetName = "Numbers")]
    public SwitchParameter Sum { get; set; }

    [Parameter(ParameterSetName = "Numbers")]
    public SwitchParameter Average { get; set; }

    [Parameter(ParameterSetName = "Numbers")]
    public SwitchParameter Maximum { get; set; }

    [Parameter(ParameterSetName = "Numbers")]
    public SwitchParameter Minimum { get; set; }

    [Parameter(ParameterSetName = "Numbers")]
    public SwitchParameter StandardDeviation { get; set; }

    [Parameter(ParameterSetName = "Numbers")]
    public SwitchParameter AllStats { get; set; }

    [Parameter(ParameterSetName = "Text")]
    public SwitchParameter Line { get; set; }

    [Parameter(ParameterSetName = "Text")]
    public SwitchParameter Word { get; set; }

    [Parameter(ParameterSetName = "Text")]
    public SwitchParameter Character { get; set; }

    protected override void BeginProcessing() => keys = Key.Of(Property);

    protected override void ProcessRecord()
    {
        if (InputObject is null)
        {
            return;
        }

        if (keys.Count == 0)
        {
            values.Add(InputObject);
        }

        foreach (var key in keys.Where(k => k.IsIn(InputObject)))
        {
            foreach (var (name, value) in key.In(InputObject).Where(p => p.Value is not null))
            {
                byProperty.TryAdd(name, []);
                byProperty[name].Add(value);
            }
        }
    }

    protected override void EndProcessing()
    {
        if (keys.Count == 0)
        {
            Write(null, values);
        }

        foreach (var name in byProperty.Keys)
        {
            Write(name, byProperty[name]);
        }
    }

    private void Write(string? property, List<object?> measured)
    {
        if (ParameterSetName == "Text")
        {
            var text = measured.Select(value => LanguagePrimitives.ConvertTo<string>(value)).ToArray();
            Write("TextMeasureInfo", property,
                ("Lines", Line ? text.Sum(t => t.Split('\n').Length) : null),
                ("Words", Word ? text.Sum(t => t.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length) : null),
                ("Characters", Character ? text.Sum(t => t.Length) : null));
            return;
        }

        var wantsNumbers = Sum || Average || StandardDeviation || AllStats;
        List<double> numbers = [];
        foreach (var value in wantsNumbers ? measured : [])
        {
            if (LanguagePrimitives.TryConvertTo<double>(value, out var number))
            {
                numbers.Add(number);
            }
            else
            {
                WriteError(new ErrorRecord(
                    new PSInvalidCastException($"Input object \"{value}\" is not numeric."), "NonNumericInputObject", ErrorCategory.InvalidType, value));
            }
        }

        var mean = numbers.Count > 0 ? numbers.Average() : (double?)null;
        Write("GenericMeasureInfo", property,
            ("Count", measured.Count),
            ("Average", Average || AllStats ? mean : null),
            ("Sum", Sum || AllStats ? numbers.Sum() : null),
            ("Maximum", Maximum || AllStats ? Extreme(measured, (all, by) => all.Max(by)) : null),
            ("Minimum", Minimum || AllStats ? Extreme(measured, (all, by) => all.Min(by)) : null),
            ("StandardDeviation", (StandardDeviation || AllStats) && numbers.Count > 0
                ? Math.Sqrt(numbers.Sum(x => Math.Pow(x - mean!.Value, 2)) / Math.Max(1, numbers.Count - 1)) : null));
    }

    /// <summary>Numbers, also those in text, by their size and as PowerShell gives them: as double.</summary>
    private static object? Extreme(List<object?> values, Func<IEnumerable<object?>, ValueComparer, object?> of)
    {
        var numbers = values.Select(value => value is not DateTime && LanguagePrimitives.TryConvertTo<double>(value, out var number) ? number : (double?)null);
        return of(numbers.Contains(null) ? values : numbers.Cast<object?>(), new ValueComparer(caseSensitive: false));
    }

    private void Write(string type, string? property, params (string Name, object? Value)[] columns)
    {
        PSObject result = new();
        foreach (var (name, value) in columns.Append(("Property", property)))
        {
            result.Properties.Add(new PSNoteProperty(name, value));
        }

        result.TypeNames.Insert(0, $"Microsoft.PowerShell.Commands.{type}");
        WriteObject(result);
    }
}
