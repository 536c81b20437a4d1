namespace System.Management.Automation;

/// <summary>Tells of a new state.</summary>
public sealed class JobStateEventArgs(JobStateInfo jobStateInfo, JobStateInfo previousJobStateInfo) : EventArgs
{
    public JobStateInfo JobStateInfo { get; } = jobStateInfo;

    public JobStateInfo PreviousJobStateInfo { get; } = previousJobStateInfo;
}
