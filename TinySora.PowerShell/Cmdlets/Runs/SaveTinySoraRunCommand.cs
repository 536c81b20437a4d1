using System.Management.Automation;
using TinySora.Engine.Runs.Control;
using TinySora.Engine.Training.Checkpoints;

namespace TinySora.PowerShell.Cmdlets.Runs;

/// <summary>Makes a run that is running or paused save a checkpoint immediately.</summary>
[Cmdlet(VerbsData.Save, "TinySoraRun", SupportsShouldProcess = true, DefaultParameterSetName = "Path",
    HelpUri = HelpPages.Root + "Save-TinySoraRun.md")]
[OutputType(typeof(CheckpointInfo))]
public sealed class SaveTinySoraRunCommand : RunOrderCmdlet
{
    private protected override RunRequest Request => new(RunAction.Save);

    private protected override string Action => "Save a checkpoint";

    private protected override object? Result(string folder, RunAnswer answer, CancellationToken cancellation) =>
        CheckpointStore.List(answer.Path!)[0];
}
