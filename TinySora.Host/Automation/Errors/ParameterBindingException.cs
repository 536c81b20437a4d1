namespace System.Management.Automation;

/// <summary>Arguments that do not fit the parameters of a command.</summary>
public class ParameterBindingException : RuntimeException
{
    private readonly ErrorCategory category;

    internal ParameterBindingException(string errorId, string message, ErrorCategory category = ErrorCategory.InvalidArgument, Exception? inner = null)
        : base(message, inner) => (ErrorId, this.category) = (errorId, category);

    /// <summary>PowerShell's id of the rule that was broken.</summary>
    public string ErrorId { get; }

    private protected override string RecordId => ErrorId;

    private protected override ErrorCategory RecordCategory => category;
}
