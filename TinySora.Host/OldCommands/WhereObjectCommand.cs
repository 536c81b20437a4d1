using System.Collections;
using System.ComponentModel;
using System.Management.Automation;
using System.Text.RegularExpressions;

namespace TinySora.Host.Commands;

/// <summary>Lets objects pass whose property compares to a value as asked: <c>Where-Object Step -gt 100</c>.</summary>
[Cmdlet("Where", "Object", DefaultParameterSetName = "True")]
[Description("Lets objects pass whose property compares to a value as asked.")]
public sealed class WhereObjectCommand : PSCmdlet
{
    [Parameter(ValueFromPipeline = true)]
    public PSObject? InputObject { get; set; }

    [Parameter(Mandatory = true, Position = 0)]
    public string Property { get; set; } = "";

    [Parameter(Position = 1)]
    public object? Value { get; set; }

    [Parameter(Mandatory = true, ParameterSetName = nameof(EQ))]
    public SwitchParameter EQ { get; set; }

    [Parameter(Mandatory = true, ParameterSetName = nameof(NE))]
    public SwitchParameter NE { get; set; }

    [Parameter(Mandatory = true, ParameterSetName = nameof(GT))]
    public SwitchParameter GT { get; set; }

    [Parameter(Mandatory = true, ParameterSetName = nameof(GE))]
    public SwitchParameter GE { get; set; }

    [Parameter(Mandatory = true, ParameterSetName = nameof(LT))]
    public SwitchParameter LT { get; set; }

    [Parameter(Mandatory = true, ParameterSetName = nameof(LE))]
    public SwitchParameter LE { get; set; }

    [Parameter(Mandatory = true, ParameterSetName = nameof(Like))]
    public SwitchParameter Like { get; set; }

    [Parameter(Mandatory = true, ParameterSetName = nameof(NotLike))]
    public SwitchParameter NotLike { get; set; }

    [Parameter(Mandatory = true, ParameterSetName = nameof(Match))]
    public SwitchParameter Match { get; set; }

    [Parameter(Mandatory = true, ParameterSetName = nameof(NotMatch))]
    public SwitchParameter NotMatch { get; set; }

    [Parameter(Mandatory = true, ParameterSetName = nameof(Contains))]
    public SwitchParameter Contains { get; set; }

    [Parameter(Mandatory = true, ParameterSetName = nameof(NotContains))]
    public SwitchParameter NotContains { get; set; }

    [Parameter(Mandatory = true, ParameterSetName = nameof(In))]
    public SwitchParameter In { get; set; }

    protected override void ProcessRecord()
    {
        if (InputObject is not null && Passes(InputObject.Properties[Property]?.Value))
        {
            WriteObject(PSObject.Unwrap(InputObject));
        }
    }

    private bool Passes(object? actual) => ParameterSetName switch
    {
        nameof(EQ) => Same(actual, Value),
        nameof(NE) => !Same(actual, Value),
        nameof(GT) => Order(actual) > 0,
        nameof(GE) => Order(actual) >= 0,
        nameof(LT) => Order(actual) < 0,
        nameof(LE) => Order(actual) <= 0,
        nameof(Like) => IsLike(actual),
        nameof(NotLike) => !IsLike(actual),
        nameof(Match) => IsMatch(actual),
        nameof(NotMatch) => !IsMatch(actual),
        nameof(Contains) => Elements(actual).Any(e => Same(e, Value)),
        nameof(NotContains) => !Elements(actual).Any(e => Same(e, Value)),
        nameof(In) => Elements(Value).Any(e => Same(actual, e)),
        _ => LanguagePrimitives.IsTrue(actual),
    };

    private static bool Same(object? first, object? second) => LanguagePrimitives.Equals(first, second, ignoreCase: true);

    private static IEnumerable<object?> Elements(object? value) =>
        LanguagePrimitives.GetEnumerable(value) is IEnumerable elements ? elements.Cast<object?>() : [value];

    // Rows of a CSV hold texts; against a number they are read as numbers. Null says that there is no order.
    private int? Order(object? actual)
    {
        var left = PSObject.Base(actual);
        var right = PSObject.Base(Value);
        if (left is string && right is not (null or string)
            && LanguagePrimitives.TryConvertTo(left, right.GetType(), out var converted))
        {
            left = converted;
        }

        try
        {
            return LanguagePrimitives.Compare(left, right, ignoreCase: true);
        }
        catch (ArgumentException e)
        {
            WriteError(new ErrorRecord(e, "OperatorFailed", ErrorCategory.InvalidOperation, actual));
            return null;
        }
    }

    private bool IsLike(object? actual) =>
        new WildcardPattern(LanguagePrimitives.TextOf(Value), WildcardOptions.IgnoreCase).IsMatch(LanguagePrimitives.TextOf(actual));

    private bool IsMatch(object? actual)
    {
        try
        {
            return Regex.IsMatch(LanguagePrimitives.TextOf(actual), LanguagePrimitives.TextOf(Value), RegexOptions.IgnoreCase);
        }
        catch (RegexParseException e)
        {
            ThrowTerminatingError(new ErrorRecord(e, "InvalidPattern", ErrorCategory.InvalidArgument, Value));
            return false;
        }
    }
}
