using System.Management.Automation;
using TinySora.Engine.Errors;

namespace TinySora.PowerShell.Errors;

/// <summary>The one place where failures of the engine become PowerShell's error records.</summary>
internal static class ErrorRecords
{
    public static ErrorRecord From(Exception exception)
    {
        if (exception is IContainsErrorRecord own)
        {
            return own.ErrorRecord; // PowerShell's, as where nobody is there to be asked for confirmation
        }

        var known = RuntimeErrors.Of(exception);

        // The exception stays what it was: for one that is not known its trace is what a report needs.
        return new ErrorRecord(exception, known.Id, Category(known.Kind), known.Target)
        {
            ErrorDetails = new ErrorDetails(known.Message) { RecommendedAction = known.Advice },
        };
    }

    /// <summary>
    /// The error that PowerShell's ValidateNotNullOrEmpty gives. Parameters that are columns of a table cannot have that attribute, since an empty cell
    /// means that nothing is given.
    /// </summary>
    public static ErrorRecord EmptyArgument(string parameter) => new(
        new ParameterBindingException($"Cannot validate argument on parameter '{parameter}'. The argument is null or empty. "
            + "Provide an argument that is not null or empty, and then try the command again."),
        "ParameterArgumentValidationError", ErrorCategory.InvalidData, null);

    /// <summary>Whether an exception is one by which PowerShell unwinds the stack, and no error; such exceptions have to pass.</summary>
    public static bool IsFlowControl(Exception exception) =>
        exception is PipelineStoppedException or FlowControlException or ActionPreferenceStopException;

    /// <summary>The category of an error; the engine's kinds carry the names of PowerShell's.</summary>
    private static ErrorCategory Category(ErrorKind kind) =>
        Enum.TryParse<ErrorCategory>(kind.ToString(), out var category) ? category : ErrorCategory.NotSpecified;
}
