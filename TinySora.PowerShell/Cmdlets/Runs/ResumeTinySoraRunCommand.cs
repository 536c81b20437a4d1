using System.Management.Automation;
using TinySora.Engine.Runs;

namespace TinySora.PowerShell.Cmdlets.Runs;

/// <summary>Lets a paused run go on.</summary>
[Cmdlet(VerbsLifecycle.Resume, "TinySoraRun", SupportsShouldProcess = true, DefaultParameterSetName = "Path",
    HelpUri = HelpPages.Root + "Resume-TinySoraRun.md")]
[OutputType(typeof(TrainingRun))]
public sealed class ResumeTinySoraRunCommand : RunStateCmdlet
{
    private protected override RunRequest Request => new(RunAction.Resume);

    private protected override string Action => "Go on training";
}
