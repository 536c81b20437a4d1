namespace System.Management.Automation;

/// <summary>A state and, for a failed job, its reason.</summary>
public sealed class JobStateInfo(JobState state)
{
    public JobState State { get; } = state;

    public Exception? Reason { get; }

    public override string ToString() => State.ToString();
}
