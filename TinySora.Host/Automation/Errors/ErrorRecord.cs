namespace System.Management.Automation;

/// <summary>A failure as it is shown and as scripts test it.</summary>
public class ErrorRecord
{
    private readonly string errorId;
    private string? source;

    public ErrorRecord(Exception exception, string errorId, ErrorCategory errorCategory, object? targetObject)
    {
        ArgumentNullException.ThrowIfNull(exception);
        Exception = exception;
        this.errorId = errorId ?? "";
        TargetObject = targetObject;
        CategoryInfo = new ErrorCategoryInfo(errorCategory, exception, targetObject);
    }

    public Exception Exception { get; }

    public object? TargetObject { get; }

    public ErrorCategoryInfo CategoryInfo { get; }

    public ErrorDetails? ErrorDetails { get; set; }

    /// <summary>The command that reported the failure.</summary>
    public InvocationInfo? InvocationInfo { get; private set; }

    /// <summary>The error's own id, a comma and the cmdlet's class.</summary>
    public string FullyQualifiedErrorId => source is null ? errorId : $"{errorId},{source}";

    public override string ToString() => ErrorDetails is { Message.Length: > 0 } details ? details.Message : Exception.Message;

    internal void SetInvocation(InvocationInfo invocation, Type implementingType)
    {
        if (InvocationInfo is null)
        {
            InvocationInfo = invocation;
            source = implementingType.FullName;
            CategoryInfo.Activity = CategoryInfo.Activity is { Length: > 0 } own ? own : invocation.MyCommand.Name;
        }
    }
}
