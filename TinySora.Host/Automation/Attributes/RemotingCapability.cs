namespace System.Management.Automation;

/// <summary>How a cmdlet reaches other machines; the host only carries it.</summary>
public enum RemotingCapability
{
    None = 0,
    PowerShell = 1,
    SupportedByCommand = 2,
    OwnedByCommand = 3,
}
