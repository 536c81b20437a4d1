namespace System.Management.Automation;

/// <summary>Something that the session does not hold.</summary>
public class SessionStateException : RuntimeException
{
    public SessionStateException(string message)
        : base(message)
    {
    }

    /// <summary>The path or name that was asked for.</summary>
    public string ItemName { get; internal init; } = "";

    private protected override object? RecordTarget => ItemName;
}
