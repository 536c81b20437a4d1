using System.Management.Automation;
using TinySora.Engine.Runs;
using TinySora.Engine.Runs.Control;

namespace TinySora.PowerShell.Cmdlets.Runs;

/// <summary>Pauses a run between steps until it is resumed.</summary>
[Cmdlet(VerbsLifecycle.Suspend, "TinySoraRun", SupportsShouldProcess = true, DefaultParameterSetName = "Path",
    HelpUri = HelpPages.Root + "Suspend-TinySoraRun.md")]
[OutputType(typeof(TrainingRun))]
public sealed class SuspendTinySoraRunCommand : RunStateCmdlet
{
    private protected override RunRequest Request => new(RunAction.Suspend);

    private protected override string Action => "Pause training";
}
