namespace System.Management.Automation;

/// <summary>A command that no module has.</summary>
public class CommandNotFoundException : RuntimeException
{
    public CommandNotFoundException(string message)
        : base(message)
    {
    }

    public string CommandName { get; set; } = "";

    private protected override ErrorCategory RecordCategory => ErrorCategory.ObjectNotFound;

    private protected override object? RecordTarget => CommandName;
}
