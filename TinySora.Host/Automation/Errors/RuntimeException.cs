namespace System.Management.Automation;

/// <summary>Base of the engine's exceptions.</summary>
public class RuntimeException : SystemException, IContainsErrorRecord
{
    private ErrorRecord? record;

    public RuntimeException(string message)
        : base(message)
    {
    }

    public RuntimeException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }

    public RuntimeException(string message, Exception? innerException, ErrorRecord? errorRecord)
        : base(message, innerException) => record = errorRecord;

    public virtual ErrorRecord ErrorRecord
    {
        get => record ??= new ErrorRecord(this, RecordId, RecordCategory, RecordTarget);
    }

    private protected virtual string RecordId => GetType().Name;

    private protected virtual ErrorCategory RecordCategory => ErrorCategory.NotSpecified;

    private protected virtual object? RecordTarget => null;
}
