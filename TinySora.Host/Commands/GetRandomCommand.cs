namespace TinySora.Commands;

[Cmdlet(VerbsCommon.Get, "Random", DefaultParameterSetName = "Number")]
public sealed class GetRandomCommand : PSCmdlet
{
    // One of the session: -SetSeed decides what the calls after it give.
    private static Random s_random = new();
    private readonly List<object?> objects = [];

    [Parameter(Position = 0, ParameterSetName = "Number")]
    public object? Maximum { get; set; }

    [Parameter(ParameterSetName = "Number")]
    public object? Minimum { get; set; }

    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ParameterSetName = "Objects")]
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ParameterSetName = "Shuffle")]
    [AllowNull]
    public object?[]? InputObject { get; set; }

    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int Count { get; set; } = 1;

    [Parameter(Mandatory = true, ParameterSetName = "Shuffle")]
    public SwitchParameter Shuffle { get; set; }

    [Parameter]
    public int? SetSeed { get; set; }

    protected override void BeginProcessing() => s_random = SetSeed is int seed ? new Random(seed) : s_random;

    protected override void ProcessRecord() => objects.AddRange(InputObject ?? []);

    protected override void EndProcessing()
    {
        if (ParameterSetName != "Number")
        {
            var all = objects.ToArray();
            s_random.Shuffle(all);
            WriteObject(all.Take(Shuffle ? all.Length : Count), enumerateCollection: true);
            return;
        }

        for (var i = 0; i < Count; i++)
        {
            WriteNumber();
        }
    }

    private void WriteNumber()
    {
        var (low, high) = (Plain(Minimum), Plain(Maximum));
        if (low is double or float or decimal || high is double or float or decimal)
        {
            var (from, to) = (LanguagePrimitives.ConvertTo<double>(low ?? 0.0), LanguagePrimitives.ConvertTo<double>(high ?? double.MaxValue));
            Check(from < to);
            WriteObject(from + (s_random.NextDouble() * (to - from)));
            return;
        }

        var (first, end) = (LanguagePrimitives.ConvertTo<long>(low ?? 0), LanguagePrimitives.ConvertTo<long>(high ?? int.MaxValue));
        Check(first < end);
        var number = s_random.NextInt64(first, end);
        WriteObject(low is long || high is long || number is < int.MinValue or > int.MaxValue ? number : (object)(int)number);
    }

    private void Check(bool isRange)
    {
        if (!isRange)
        {
            ThrowTerminatingError(new ErrorRecord(
                new ArgumentException($"The Minimum value ({Minimum ?? 0}) cannot be greater than or equal to the Maximum value ({Maximum})."),
                "MinGreaterThanOrEqualMax", ErrorCategory.InvalidArgument, null));
        }
    }

    private static object? Plain(object? value) => (value is PSObject wrapped ? wrapped.BaseObject : value) switch
    {
        string text when text.Contains('.', StringComparison.Ordinal) => LanguagePrimitives.ConvertTo<double>(text),
        var plain => plain,
    };
}
