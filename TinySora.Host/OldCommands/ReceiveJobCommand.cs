using System.Collections.ObjectModel;
using System.ComponentModel;
using System.Management.Automation;

namespace TinySora.Host.Commands;

/// <summary>Writes what jobs have written.</summary>
[Cmdlet("Receive", "Job")]
[Description("Writes what jobs have written: objects, errors, warnings and messages.")]
public sealed class ReceiveJobCommand : JobCommand
{
    private const int LookMilliseconds = 50;

    /// <summary>Leave it there to be received again.</summary>
    [Parameter]
    public SwitchParameter Keep { get; set; }

    /// <summary>Until the job has ended.</summary>
    [Parameter]
    public SwitchParameter Wait { get; set; }

    /// <summary>Forget the job when it has ended.</summary>
    [Parameter]
    public SwitchParameter AutoRemoveJob { get; set; }

    protected override void ProcessJob(Job job)
    {
        // Whether it has ended is asked first: what it wrote until then is all there is.
        var finished = job.IsFinished;
        while (Wait && !Keep && !finished && !Stopping)
        {
            Write(job);
            finished = job.Finished.WaitOne(LookMilliseconds);
        }

        Write(job);
        if (finished && Wait && AutoRemoveJob)
        {
            JobRepository.Remove(job);
            job.Dispose();
        }
    }

    private void Write(Job job)
    {
        foreach (var value in Read(job.Output))
        {
            WriteObject(PSObject.Unwrap(value));
        }

        foreach (var error in Read(job.Error))
        {
            WriteError(error);
        }

        foreach (var message in Read(job.Verbose))
        {
            WriteVerbose(message.Message);
        }

        foreach (var message in Read(job.Warning))
        {
            WriteWarning(message.Message);
        }

        foreach (var progress in Read(job.Progress))
        {
            WriteProgress(progress);
        }
    }

    private Collection<T> Read<T>(PSDataCollection<T> stream) => Keep ? [.. stream] : stream.ReadAll();
}
