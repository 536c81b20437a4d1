namespace TinySora.Engine.Errors;

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
