namespace System.Management.Automation;

/// <summary>How a command was called.</summary>
public class InvocationInfo
{
    internal InvocationInfo(CommandInfo command, string line, int position, int length) =>
        (MyCommand, Line, PipelinePosition, PipelineLength, InvocationName) = (command, line, position, length, command.Name);

    public CommandInfo MyCommand { get; }

    /// <summary>Arguments by parameter name, those from the pipeline included.</summary>
    public Dictionary<string, object?> BoundParameters { get; } = new(StringComparer.OrdinalIgnoreCase);

    public List<object> UnboundArguments { get; } = [];

    public string InvocationName { get; }

    /// <summary>The text of the pipeline.</summary>
    public string Line { get; }

    /// <summary>Place in the pipeline, from 1.</summary>
    public int PipelinePosition { get; }

    public int PipelineLength { get; }

    /// <summary>True when something is piped in.</summary>
    public bool ExpectingInput => PipelinePosition > 1;
}
