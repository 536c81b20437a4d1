namespace System.Management.Automation;

/// <summary>The pipeline is ending; let it pass.</summary>
public class PipelineStoppedException : RuntimeException
{
    public PipelineStoppedException()
        : base("The pipeline has been stopped.")
    {
    }

    private protected override ErrorCategory RecordCategory => ErrorCategory.OperationStopped;
}

/// <summary>Unwinds the stack on purpose; let it pass.</summary>
public abstract class FlowControlException : SystemException
{
    internal FlowControlException()
    {
    }
}

/// <summary>A command has all the objects it wants: what stands before it ends without an error.</summary>
internal sealed class StopUpstreamCommandsException(Cmdlet requester) : FlowControlException
{
    /// <summary>The command that wants no more.</summary>
    public Cmdlet Requester { get; } = requester;
}
