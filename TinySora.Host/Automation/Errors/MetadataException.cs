namespace System.Management.Automation;

/// <summary>An attribute of a parameter refuses an argument.</summary>
public class MetadataException : RuntimeException
{
    public MetadataException()
    {
    }

    public MetadataException(string message)
        : base(message)
    {
    }

    public MetadataException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }

    private protected override ErrorCategory RecordCategory => ErrorCategory.MetadataError;
}
