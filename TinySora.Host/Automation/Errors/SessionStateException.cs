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
