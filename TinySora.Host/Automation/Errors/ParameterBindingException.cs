namespace System.Management.Automation;

/// <summary>Arguments that do not fit the parameters of a command.</summary>
public class ParameterBindingException : RuntimeException
{
    private readonly ErrorCategory category = ErrorCategory.InvalidArgument;

    public ParameterBindingException()
    {
    }

    public ParameterBindingException(string message)
        : base(message)
    {
    }

    public ParameterBindingException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }

    internal ParameterBindingException(string errorId, string message, string parameterName = "",
        ErrorCategory category = ErrorCategory.InvalidArgument, Exception? inner = null)
        : base(message, inner)
    {
        this.category = category;
        (ErrorId, ParameterName) = (errorId, parameterName);
    }

    /// <summary>PowerShell's id of the rule that was broken.</summary>
    public string ErrorId { get; } = "";

    public string ParameterName { get; } = "";

    private protected override string RecordId => ErrorId;

    private protected override ErrorCategory RecordCategory => category;
}
