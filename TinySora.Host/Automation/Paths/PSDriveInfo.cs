namespace System.Management.Automation;

/// <summary>Appears in the signatures of path methods; the host has no drives of its own.</summary>
public class PSDriveInfo
{
    internal PSDriveInfo()
    {
    }
}
