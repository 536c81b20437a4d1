using System.Management.Automation;
using TinySora.Engine.Errors;

namespace TinySora.PowerShell.Errors;

/// <summary>Converts engine exceptions to PowerShell error records.</summary>
internal static class ErrorRecords
{
    public static ErrorRecord From(Exception exception)
    {
        if (exception is IContainsErrorRecord own)
        {
            return own.ErrorRecord; // PowerShell's own error, for example if confirmation is needed in a non-interactive session
        }

        var known = RuntimeErrors.From(exception);

        // Keep the exception itself: bug reports need the stack trace of an unexpected one.
        return new ErrorRecord(exception, known.Id, Category(known.Kind), known.Target)
        {
            ErrorDetails = new ErrorDetails(known.Message) { RecommendedAction = known.Advice },
        };
    }

    /// <summary>
    /// Returns the same error as PowerShell's ValidateNotNullOrEmpty. Parameters that bind to table columns cannot have that attribute, because an
    /// empty cell means that the parameter is not specified.
    /// </summary>
    public static ErrorRecord EmptyArgument(string parameter) => new(
        new ParameterBindingException($"Cannot validate argument on parameter '{parameter}'. The argument is null or empty. "
            + "Provide an argument that is not null or empty, and then try the command again."),
        "ParameterArgumentValidationError", ErrorCategory.InvalidData, null);

    /// <summary>Returns whether PowerShell uses the exception for control flow; such exceptions must propagate.</summary>
    public static bool IsFlowControl(Exception exception) =>
        exception is PipelineStoppedException or FlowControlException or ActionPreferenceStopException;

    /// <summary>Returns the category of an error; the engine's kinds have the names of PowerShell's categories.</summary>
    private static ErrorCategory Category(ErrorKind kind) =>
        Enum.TryParse<ErrorCategory>(kind.ToString(), out var category) ? category : ErrorCategory.NotSpecified;
}
