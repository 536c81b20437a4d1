using System.Management.Automation;

namespace TinySora.Host.Binding;

/// <summary>Every way in which arguments do not fit, with PowerShell's ids and words.</summary>
internal static class BindingErrors
{
    public static ParameterBindingException Unknown(string name, CmdletDefinition cmdlet) => new("NamedParameterNotFound",
        $"A parameter cannot be found that matches parameter name '{name}'." +
        Nearest.Hint(name, cmdlet.All.SelectMany(p => p.Names), "-"));

    public static ParameterBindingException Ambiguous(string name, IEnumerable<ParameterDefinition> matches) =>
        new("AmbiguousParameter",
            $"Parameter cannot be processed because the parameter name '{name}' is ambiguous. " +
            $"Possible matches include: {string.Join(' ', matches.Select(m => $"-{m.Name}"))}.");

    public static ParameterBindingException AlreadyBound(string name) => new("ParameterAlreadyBound",
        $"Cannot bind parameter because parameter '{name}' is specified more than once. To provide multiple values to " +
        "parameters that can accept multiple values, use the array syntax. For example, \"-parameter value1,value2,value3\".");

    public static ParameterBindingException MissingArgument(ParameterDefinition parameter) => new("MissingArgument",
        $"Missing an argument for parameter '{parameter.Name}'. Specify a parameter of type '{parameter.Type}' and try again.");

    public static ParameterBindingException NoPosition(string text) => new("PositionalParameterNotFound",
        $"A positional parameter cannot be found that accepts argument '{text}'.");

    public static ParameterBindingException AmbiguousSet(CmdletDefinition cmdlet) => new("AmbiguousParameterSet",
        "Parameter set cannot be resolved using the specified named parameters. One or more parameters issued cannot be used " +
        "together or an insufficient number of parameters were provided. The possible forms:" +
        string.Concat(Syntax.Of(cmdlet).Select(s => $"{Environment.NewLine}    {s}")));

    public static ParameterBindingException MissingMandatory(IEnumerable<ParameterDefinition> missing) =>
        new("MissingMandatoryParameter",
            $"Cannot process command because of one or more missing mandatory parameters: {Names(missing)}.");

    public static ParameterBindingException NotBound() => new("InputObjectNotBound",
        "The input object cannot be bound to any parameters for the command either because the command does not take " +
        "pipeline input or the input and its properties do not match any of the parameters that take pipeline input.");

    public static ParameterBindingException InputMissing(IEnumerable<ParameterDefinition> missing) =>
        new("InputObjectMissingMandatory",
            "The input object cannot be bound because it did not contain the information required to bind all mandatory " +
            $"parameters:  {Names(missing)}");

    public static ParameterBindingException Transformation(ParameterDefinition parameter, Exception reason) =>
        new("ParameterArgumentTransformationError",
            $"Cannot process argument transformation on parameter '{parameter.Name}'. {reason.Message}",
            ErrorCategory.InvalidData, reason);

    public static ParameterBindingException Conversion(ParameterDefinition parameter, Exception reason) =>
        new("CannotConvertArgumentNoMessage",
            $"Cannot bind parameter '{parameter.Name}'. {reason.Message}", inner: reason);

    public static ParameterBindingException NotOne(ParameterDefinition parameter, object value) => new("CannotConvertArgument",
        $"Cannot convert '{value.GetType()}' to the type '{parameter.Type}' required by parameter '{parameter.Name}'. " +
        "Specified method is not supported.");

    public static ParameterBindingException Validation(ParameterDefinition parameter, Exception reason) =>
        new("ParameterArgumentValidationError",
            $"Cannot validate argument on parameter '{parameter.Name}'. {reason.Message}",
            ErrorCategory.InvalidData, reason);

    public static ParameterBindingException Empty(ParameterDefinition parameter, string idEnd, string what) =>
        new($"ParameterArgumentValidationError{idEnd}NotAllowed",
            $"Cannot bind argument to parameter '{parameter.Name}' because it is {what}.",
            ErrorCategory.InvalidData);

    public static ParameterBindingException SetFailed(ParameterDefinition parameter, Exception reason) =>
        new("ParameterBindingFailed",
            $"Cannot bind parameter '{parameter.Name}' to the target. " +
            $"Exception setting \"{parameter.Name}\": \"{reason.Message}\"", inner: reason);

    /// <summary>The value's type does not fit, so another parameter may still take it.</summary>
    public static bool IsMismatch(ParameterBindingException error) =>
        error.ErrorId is "InputObjectNotBound" or "CannotConvertArgumentNoMessage" or "CannotConvertArgument";

    private static string Names(IEnumerable<ParameterDefinition> parameters) => string.Join(' ', parameters.Select(p => p.Name));
}
