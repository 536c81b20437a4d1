namespace TinySora.Engine.Errors;

/// <summary>
/// A failure that the user can act on. It describes the problem, identifies the affected object, and advises how to proceed. All instances are created
/// by the catalogs in this folder, which keeps IDs unique and messages in one place.
/// </summary>
/// <param name="id">Stable ID, in the form <c>TinySora.Area.Reason</c>.</param>
/// <param name="target">Affected path, key or value.</param>
/// <param name="message">What happened and where, with the file, the value and the expected form.</param>
/// <param name="advice">What to do next, with the parameter, key or command to use.</param>
public sealed class TinySoraException(string id, ErrorKind kind, object? target, string message, string advice, Exception? inner = null)
    : Exception(message, inner)
{
    public string Id => id;

    public ErrorKind Kind => kind;

    public object? Target => target;

    public string Advice => advice;
}

/// <summary>Category of an error. The names match PowerShell's ErrorCategory, which the cmdlets report.</summary>
public enum ErrorKind
{
    NotSpecified,
    InvalidArgument,
    InvalidData,
    InvalidOperation,
    ObjectNotFound,
    ResourceExists,
    ResourceUnavailable,
    ResourceBusy,
    NotInstalled,
    NotImplemented,
    WriteError,
    ReadError,
    SecurityError,
    InvalidResult,
    LimitsExceeded,
}
