namespace System.Management.Automation;

/// <summary>Work in the background whose output waits to be received.</summary>
public abstract class Job : IDisposable
{
    private static int s_lastId;

    private readonly ManualResetEvent finished = new(false);

    protected Job(string command, string name)
    {
        Id = Interlocked.Increment(ref s_lastId);
        (Command, Name) = (command, string.IsNullOrEmpty(name) ? $"Job{Id}" : name);
    }

    public string Command { get; }

    public JobStateInfo JobStateInfo { get; private set; } = new(JobState.NotStarted);

    /// <summary>Set once the job is completed, failed or stopped.</summary>
    public WaitHandle Finished => finished;

    public Guid InstanceId { get; } = Guid.NewGuid();

    /// <summary>Counts up from 1 in a process.</summary>
    public int Id { get; }

    public string Name { get; set; }

    /// <summary>The host's jobs have no parts.</summary>
    public IList<Job> ChildJobs { get; } = [];

    public abstract string StatusMessage { get; }

    public abstract bool HasMoreData { get; }

    public abstract string Location { get; }

    public DateTime? PSBeginTime { get; protected set; }

    public DateTime? PSEndTime { get; protected set; }

    public string PSJobTypeName { get; protected internal set; } = "";

    public PSDataCollection<PSObject> Output { get; } = new();

    public PSDataCollection<ErrorRecord> Error { get; } = new();

    public PSDataCollection<ProgressRecord> Progress { get; } = new();

    public PSDataCollection<VerboseRecord> Verbose { get; } = new();

    public PSDataCollection<WarningRecord> Warning { get; } = new();

    /// <summary>Whether nothing more will come.</summary>
    internal bool IsFinished => JobStateInfo.State is JobState.Completed or JobState.Failed or JobState.Stopped;

    /// <summary>Ends the work and returns when it has ended.</summary>
    public abstract void StopJob();

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
        if (disposing)
        {
            finished.Dispose();
        }
    }

    protected void SetJobState(JobState state)
    {
        JobStateInfo = new JobStateInfo(state);
        if (state == JobState.Running)
        {
            PSBeginTime ??= DateTime.Now;
        }
        else if (IsFinished)
        {
            PSEndTime ??= DateTime.Now;
        }

        if (IsFinished)
        {
            finished.Set();
        }
    }
}
