using System.Management.Automation;
using TinySora.Engine.Runs;
using TinySora.Engine.Runs.Control;
using TinySora.Engine.Runs.Queue;
using TinySora.Engine.Runs.Session;
using TinySora.Engine.Training.Requests;

namespace TinySora.PowerShell.Cmdlets.Runs;

/// <summary>Stops a run after saving a checkpoint and waits until it has ended. Removes a waiting run from the queue.</summary>
[Cmdlet(VerbsLifecycle.Stop, "TinySoraRun", SupportsShouldProcess = true, DefaultParameterSetName = "Path",
    HelpUri = HelpPages.Root + "Stop-TinySoraRun.md")]
[OutputType(typeof(TrainingRun))]
public sealed class StopTinySoraRunCommand : RunStateCmdlet
{
    private protected override RunRequest Request => new(RunAction.Stop);

    private protected override string Action => "Save and stop training";

    protected override void ProcessRun(string folder)
    {
        var queue = QueueFolder.Mine;
        if (queue.Find(folder) is not QueuedRun run)
        {
            base.ProcessRun(folder);
        }
        else if (queue.IsAtWork(run))
        {
            if (RunWork(failureEndsPipeline: false, (_, cancellation) => QueueOperations.WaitUntilLive(queue, run, cancellation)))
            {
                base.ProcessRun(folder);
            }
        }
        else if (ShouldProcess(folder, "Remove from the queue"))
        {
            var listed = PassThru ? QueueOperations.Listed(queue, run) : null;
            if (!Try(() => QueueOperations.Remove(queue, run)))
            {
                // The run has just started.
                RunWork(failureEndsPipeline: false, (_, cancellation) => QueueOperations.WaitUntilLive(queue, run, cancellation));
                base.ProcessRun(folder);
            }
            else if (listed is not null)
            {
                WriteObject(listed with { State = RunState.Cancelled, Position = null, Attention = null });
            }
        }
    }

    private protected override object? Result(string folder, RunAnswer answer, CancellationToken cancellation)
    {
        RunClient.WaitForEnd(folder, cancellation);
        if (QueueFolder.Mine is var queue && queue.Find(folder) is QueuedRun run)
        {
            QueueOperations.WaitUntilDone(queue, run, cancellation);
        }

        return base.Result(folder, answer, cancellation);
    }
}
