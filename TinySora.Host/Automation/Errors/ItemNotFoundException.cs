namespace System.Management.Automation;

/// <summary>A path that does not exist.</summary>
public class ItemNotFoundException : SessionStateException
{
    public ItemNotFoundException(string message)
        : base(message)
    {
    }

    private protected override string RecordId => "PathNotFound";

    private protected override ErrorCategory RecordCategory => ErrorCategory.ObjectNotFound;
}
