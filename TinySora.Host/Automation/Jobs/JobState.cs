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
