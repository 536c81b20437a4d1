namespace System.Management.Automation;

/// <summary>A validation attribute refuses an argument.</summary>
public class ValidationMetadataException : MetadataException
{
    public ValidationMetadataException(string message)
        : base(message)
    {
    }
}
