using System.Management.Automation;
using TinySora.Engine.Errors;

namespace TinySora.PowerShell.Errors;

/// <summary>The one place where failures of the engine become PowerShell's error records.</summary>
internal static class ErrorRecords
{
    private const string UnexpectedId = "TinySora.Internal.Unexpected";

    public static ErrorRecord From(Exception exception) => exception is TinySoraException known
        ? new ErrorRecord(known, known.Id, Category(known.Kind), known.Target)
        {
            ErrorDetails = new ErrorDetails(known.Message) { RecommendedAction = known.Advice },
        }
        : new ErrorRecord(exception, UnexpectedId, ErrorCategory.NotSpecified, null)
        {
            ErrorDetails = new ErrorDetails($"Unexpected {exception.GetType().Name}: {exception.Message}")
            {
                RecommendedAction = "This is a defect of TinySora. Please report it with the command line and the text of "
                    + "$Error[0].Exception.ToString().",
            },
        };

    /// <summary>Not errors but ways for PowerShell to unwind the stack: they have to pass.</summary>
    public static bool IsFlowControl(Exception exception) =>
        exception is PipelineStoppedException or FlowControlException or ActionPreferenceStopException;

    /// <summary>The engine's kinds carry the names of PowerShell's categories.</summary>
    private static ErrorCategory Category(ErrorKind kind) =>
        Enum.TryParse<ErrorCategory>(kind.ToString(), out var category) ? category : ErrorCategory.NotSpecified;
}
