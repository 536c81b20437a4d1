namespace System.Management.Automation;

/// <summary>How a command was called.</summary>
public class InvocationInfo
{
    internal InvocationInfo(CommandInfo command, string line) => (MyCommand, Line) = (command, line);

    public CommandInfo MyCommand { get; }

    /// <summary>Arguments by parameter name, those from the pipeline included.</summary>
    public Dictionary<string, object?> BoundParameters { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The text of the pipeline.</summary>
    public string Line { get; }
}
