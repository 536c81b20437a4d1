using System.Management.Automation;

namespace SampleCmdlets;

/// <summary>Counts in the background.</summary>
[Cmdlet(VerbsLifecycle.Start, "Counting")]
public sealed class StartCountingCommand : PSCmdlet
{
    /// <summary>How far; 0: until it is stopped.</summary>
    [Parameter(Position = 0)]
    public int Count { get; set; } = 3;

    [Parameter]
    public SwitchParameter Fail { get; set; }

    protected override void ProcessRecord()
    {
        CountingJob job = new(Count, Fail);
        JobRepository.Add(job);
        job.Start();
        WriteObject(job);
    }
}

/// <summary>Writes to every stream.</summary>
public sealed class CountingJob : Job
{
    private readonly ManualResetEventSlim stop = new();
    private readonly int count;
    private readonly bool fail;

    internal CountingJob(int count, bool fail)
        : base("count", null)
    {
        (this.count, this.fail) = (count, fail);
        PSJobTypeName = "Counting";
    }

    public override string StatusMessage => $"{Output.Count} waiting";

    public override bool HasMoreData => Output.Count > 0;

    public override string Location => "here";

    public override void StopJob()
    {
        stop.Set();
        Finished.WaitOne();
    }

    internal void Start()
    {
        SetJobState(JobState.Running);
        new Thread(Run) { IsBackground = true }.Start();
    }

    private void Run()
    {
        for (var i = 1; i <= count; i++)
        {
            Output.Add(PSObject.AsPSObject(i));
        }

        Verbose.Add(new VerboseRecord("counted"));
        Warning.Add(new WarningRecord("tired"));
        Progress.Add(new ProgressRecord(0, "Counting", "done"));
        if (count == 0)
        {
            stop.Wait();
        }

        if (fail)
        {
            Error.Add(new ErrorRecord(new InvalidOperationException("No more numbers."), "OutOfNumbers", ErrorCategory.LimitsExceeded, count));
        }

        SetJobState(fail ? JobState.Failed : stop.IsSet ? JobState.Stopped : JobState.Completed);
    }
}
