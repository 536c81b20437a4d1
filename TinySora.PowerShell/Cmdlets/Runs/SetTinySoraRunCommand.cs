using System.Management.Automation;
using TinySora.Engine.Runs;

namespace TinySora.PowerShell.Cmdlets;

/// <summary>Changes the learning rate of a live run.</summary>
[Cmdlet(VerbsCommon.Set, "TinySoraRun", SupportsShouldProcess = true, DefaultParameterSetName = "Path",
    HelpUri = HelpPages.Root + "Set-TinySoraRun.md")]
[OutputType(typeof(TrainingRun))]
public sealed class SetTinySoraRunCommand : RunStateCmdlet
{
    [Parameter(Mandatory = true)]
    public double LearningRate { get; set; }

    private protected override RunRequest Request => new(RunAction.SetLearningRate) { LearningRate = LearningRate };

    private protected override string Action => FormattableString.Invariant($"Set the learning rate to {LearningRate}");
}
