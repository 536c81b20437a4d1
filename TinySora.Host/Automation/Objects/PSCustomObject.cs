namespace System.Management.Automation;

/// <summary>The empty object that added properties hang on.</summary>
public class PSCustomObject
{
    internal static readonly PSCustomObject Instance = new();

    private PSCustomObject()
    {
    }

    public override string ToString() => "";
}
