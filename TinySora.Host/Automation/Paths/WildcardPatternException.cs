namespace System.Management.Automation;

/// <summary>A pattern that cannot be read.</summary>
public class WildcardPatternException : RuntimeException
{
    public WildcardPatternException(string message)
        : base(message)
    {
    }

    private protected override ErrorCategory RecordCategory => ErrorCategory.InvalidArgument;
}
