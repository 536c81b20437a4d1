namespace System.Management.Automation;

/// <summary>A pattern that cannot be read.</summary>
public class WildcardPatternException : RuntimeException
{
    public WildcardPatternException()
    {
    }

    public WildcardPatternException(string message)
        : base(message)
    {
    }

    public WildcardPatternException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }

    private protected override ErrorCategory RecordCategory => ErrorCategory.InvalidArgument;
}
