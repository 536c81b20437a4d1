namespace System.Management.Automation;

/// <summary>An attribute of a parameter refuses an argument.</summary>
public class MetadataException : RuntimeException
{
    public MetadataException(string message)
        : base(message)
    {
    }

    private protected override ErrorCategory RecordCategory => ErrorCategory.MetadataError;
}
