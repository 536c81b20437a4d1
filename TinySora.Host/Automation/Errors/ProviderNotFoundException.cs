namespace System.Management.Automation;

/// <summary>A provider other than the file system.</summary>
public class ProviderNotFoundException : SessionStateException
{
    public ProviderNotFoundException()
    {
    }

    public ProviderNotFoundException(string message)
        : base(message)
    {
    }

    public ProviderNotFoundException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }

    private protected override string RecordId => "ProviderNotFound";

    private protected override ErrorCategory RecordCategory => ErrorCategory.ObjectNotFound;
}
