namespace System.Management.Automation;

/// <summary>A path that does not exist.</summary>
public class ItemNotFoundException : SessionStateException
{
    public ItemNotFoundException()
    {
    }

    public ItemNotFoundException(string message)
        : base(message)
    {
    }

    public ItemNotFoundException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }

    private protected override string RecordId => "PathNotFound";

    private protected override ErrorCategory RecordCategory => ErrorCategory.ObjectNotFound;
}
