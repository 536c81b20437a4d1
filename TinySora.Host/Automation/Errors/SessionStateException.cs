namespace System.Management.Automation;

/// <summary>Something that the session does not hold.</summary>
public class SessionStateException : RuntimeException
{
    public SessionStateException()
    {
    }

    public SessionStateException(string message)
        : base(message)
    {
    }

    public SessionStateException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }

    /// <summary>The path or name that was asked for.</summary>
    public string ItemName { get; internal init; } = "";

    private protected override object? RecordTarget => ItemName;
}

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
