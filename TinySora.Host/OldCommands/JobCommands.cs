using System.ComponentModel;
using System.Management.Automation;

namespace TinySora.Host.Commands;

/// <summary>Lists the session's jobs.</summary>
[Cmdlet("Get", "Job")]
[Description("Lists the jobs of the session.")]
public sealed class GetJobCommand : JobCommand
{
    protected override void ProcessJob(Job job) => WriteObject(job);
}

/// <summary>Waits until jobs have ended.</summary>
[Cmdlet("Wait", "Job")]
[Description("Waits until jobs have ended.")]
public sealed class WaitJobCommand : JobCommand
{
    private const int LookMilliseconds = 50;

    /// <summary>Seconds after which it waits no longer.</summary>
    [Parameter]
    public double? Timeout { get; set; }

    protected override void ProcessJob(Job job)
    {
        var end = DateTime.UtcNow + (Timeout is double seconds ? TimeSpan.FromSeconds(seconds) : TimeSpan.FromDays(9999));
        while (!job.Finished.WaitOne(LookMilliseconds) && DateTime.UtcNow < end && !Stopping)
        {
        }

        if (job.IsFinished)
        {
            WriteObject(job);
        }
    }
}

/// <summary>Ends jobs, and returns when they have ended.</summary>
[Cmdlet("Stop", "Job", SupportsShouldProcess = true)]
[Description("Ends jobs in order: training saves a checkpoint first.")]
public sealed class StopJobCommand : JobCommand
{
    protected override void ProcessJob(Job job)
    {
        if (!job.IsFinished && ShouldProcess(job.Name, "Stop"))
        {
            job.StopJob();
        }
    }
}

/// <summary>Forgets jobs.</summary>
[Cmdlet("Remove", "Job", SupportsShouldProcess = true)]
[Description("Forgets jobs, running ones only with -Force.")]
public sealed class RemoveJobCommand : JobCommand
{
    [Parameter]
    public SwitchParameter Force { get; set; }

    protected override void ProcessJob(Job job)
    {
        if (!job.IsFinished && !Force)
        {
            WriteError(new ErrorRecord(
                new InvalidOperationException($"{job.Name} runs. Stop it with Stop-Job, or give -Force."),
                "JobIsRunning", ErrorCategory.InvalidOperation, job));
        }
        else if (ShouldProcess(job.Name, "Remove"))
        {
            if (!job.IsFinished)
            {
                job.StopJob();
            }

            JobRepository.Remove(job);
            job.Dispose();
        }
    }
}
