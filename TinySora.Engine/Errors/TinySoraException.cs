namespace TinySora.Engine.Errors;

/// <summary>
/// A failure that a user can act on: what happened, to which thing, and what to do next. All are made in the catalogues
/// of this folder, so that ids stay unique and texts can be reviewed side by side.
/// </summary>
/// <param name="id">Stable id, <c>TinySora.Area.Reason</c>.</param>
/// <param name="target">The offending thing: a path, a key, a value.</param>
/// <param name="message">What happened and where: names file, value and expected form.</param>
/// <param name="advice">What to do next, naming the parameter, key or command.</param>
public sealed class TinySoraException(string id, ErrorKind kind, object? target, string message, string advice, Exception? inner = null)
    : Exception(message, inner)
{
    public string Id => id;

    public ErrorKind Kind => kind;

    public object? Target => target;

    public string Advice => advice;
}

/// <summary>What kind of thing went wrong; the names are those of PowerShell's ErrorCategory, which the cmdlets report.</summary>
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
