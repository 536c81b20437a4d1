using System.Management.Automation;
using TinySora.Engine.Runs;
using TinySora.Engine.Runs.Orders;
using TinySora.Engine.Runs.Queue;
using TinySora.Engine.Training.Requests;
using TinySora.PowerShell.Jobs;

namespace TinySora.PowerShell.Cmdlets.Runs;

/// <summary>Lets a paused run go on, and a queue at which nothing works.</summary>
[Cmdlet(VerbsLifecycle.Resume, "TinySoraRun", SupportsShouldProcess = true, DefaultParameterSetName = "Path",
    HelpUri = HelpPages.Root + "Resume-TinySoraRun.md")]
[OutputType(typeof(TrainingRun))]
public sealed class ResumeTinySoraRunCommand : RunStateCmdlet
{
    private protected override RunRequest Request => new(RunAction.Resume);

    private protected override string Action => "Go on training";

    protected override void ProcessRun(string folder)
    {
        // One that has its turn and does not train yet is queued still, and nothing of it is paused.
        if (QueueFolder.Mine.Find(folder) is null || (TrainingRun.AreIn(folder) && TrainingRun.List(folder)[0].State != RunState.Queued))
        {
            base.ProcessRun(folder);
        }
        else if (ShouldProcess(folder, "Work at the queue"))
        {
            Require(QueueProcess.Serve);
            if (PassThru)
            {
                WriteObject(TrainingRun.List(folder)[0]);
            }
        }
    }
}
