namespace TinySora.Engine.Errors;

/// <summary>
/// A failure that the user can act on: what happened, what is affected, and what to do next. All are created in the catalogs
/// of this folder, so that ids stay unique and texts can be reviewed together.
/// </summary>
/// <param name="id">Stable id, <c>TinySora.Area.Reason</c>.</param>
/// <param name="target">Affected path, key or value.</param>
/// <param name="message">What happened and where, with the file, the value and the expected form.</param>
/// <param name="advice">What to do next, with the parameter, key or command.</param>
public sealed class TinySoraException(string id, ErrorKind kind, object? target, string message, string advice, Exception? inner = null)
    : Exception(message, inner)
{
    public string Id => id;

    public ErrorKind Kind => kind;

    public object? Target => target;

    public string Advice => advice;
}

/// <summary>Category of an error; the names are those of PowerShell's ErrorCategory, which the cmdlets report.</summary>
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
