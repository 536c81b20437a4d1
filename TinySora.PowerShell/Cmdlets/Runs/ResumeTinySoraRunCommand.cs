using System.Management.Automation;
using TinySora.Engine.Errors;
using TinySora.Engine.Runs;
using TinySora.Engine.Runs.Control;
using TinySora.Engine.Runs.Queue;
using TinySora.Engine.Runs.Session;
using TinySora.Engine.Training.Requests;
using TinySora.PowerShell.Jobs;

namespace TinySora.PowerShell.Cmdlets.Runs;

/// <summary>Resumes a paused run, or a queue that no process serves.</summary>
[Cmdlet(VerbsLifecycle.Resume, "TinySoraRun", SupportsShouldProcess = true, DefaultParameterSetName = "Path",
    HelpUri = HelpPages.Root + "Resume-TinySoraRun.md")]
[OutputType(typeof(TrainingRun))]
public sealed class ResumeTinySoraRunCommand : RunStateCmdlet
{
    private protected override RunRequest Request => new(RunAction.Resume);

    private protected override string Action => "Resume training";

    protected override void ProcessRun(string folder)
    {
        // A run that is next in the queue but has not started training still counts as queued, so it cannot be paused.
        if (QueueFolder.Mine.Find(folder) is not QueuedRun queued || QueueOperations.Listed(QueueFolder.Mine, queued).State != RunState.Queued)
        {
            base.ProcessRun(folder);
        }
        else if (ShouldProcess(folder, "Resume the queue"))
        {
            Require(QueueProcess.Serve);
            if (PassThru)
            {
                WriteObject(QueueOperations.Listed(QueueFolder.Mine, queued));
            }
        }
    }

    private protected override RunAnswer Send(string folder, CancellationToken cancellation)
    {
        try
        {
            return base.Send(folder, cancellation);
        }
        catch (TinySoraException e) when (
            e.Id is TrainingErrors.EndedMeanwhileId or TrainingErrors.NotLiveId && QueueFolder.Mine.Find(folder) is not null)
        {
            // The run's process has ended, but the run is still in the queue.
            QueueProcess.Serve();
            return new RunAnswer(0, null);
        }
    }
}
