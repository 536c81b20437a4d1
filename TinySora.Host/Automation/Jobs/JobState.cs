namespace System.Management.Automation;

/// <summary>How far a job is.</summary>
public enum JobState
{
    NotStarted = 0,
    Running = 1,
    Completed = 2,
    Failed = 3,
    Stopped = 4,
    Blocked = 5,
    Suspended = 6,
    Disconnected = 7,
    Suspending = 8,
    Stopping = 9,
    AtBreakpoint = 10,
}

/// <summary>A state and, for a failed job, its reason.</summary>
public sealed class JobStateInfo(JobState state)
{
    public JobState State { get; } = state;

    public Exception? Reason { get; }

    public override string ToString() => State.ToString();
}

/// <summary>Tells of a new state.</summary>
public sealed class JobStateEventArgs(JobStateInfo jobStateInfo, JobStateInfo previousJobStateInfo) : EventArgs
{
    public JobStateInfo JobStateInfo { get; } = jobStateInfo;

    public JobStateInfo PreviousJobStateInfo { get; } = previousJobStateInfo;
}
