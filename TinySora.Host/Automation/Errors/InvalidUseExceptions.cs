namespace System.Management.Automation;

/// <summary>An operation that the present state does not allow.</summary>
public class PSInvalidOperationException : InvalidOperationException, IContainsErrorRecord
{
    public PSInvalidOperationException(string message)
        : base(message)
    {
    }

    public ErrorRecord ErrorRecord => new(this, "InvalidOperation", ErrorCategory.InvalidOperation, null);
}

/// <summary>An argument that the engine refuses.</summary>
public class PSArgumentException : ArgumentException, IContainsErrorRecord
{
    public PSArgumentException(string message)
        : base(message)
    {
    }

    public ErrorRecord ErrorRecord => new(this, "Argument", ErrorCategory.InvalidArgument, null);
}

/// <summary>A value that cannot be converted.</summary>
public class PSInvalidCastException : InvalidCastException, IContainsErrorRecord
{
    public PSInvalidCastException(string message)
        : base(message)
    {
    }

    public PSInvalidCastException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }

    public ErrorRecord ErrorRecord => new(this, "InvalidCast", ErrorCategory.InvalidArgument, null);
}
