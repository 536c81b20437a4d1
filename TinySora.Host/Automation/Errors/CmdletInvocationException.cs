namespace System.Management.Automation;

/// <summary>A cmdlet ended with an exception of its own.</summary>
public class CmdletInvocationException : RuntimeException
{
    public CmdletInvocationException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
