using System.Management.Automation;
using TinySora.Engine.Training;

namespace TinySora.PowerShell.Cmdlets;

/// <summary>Deletes checkpoint files. They hold hours of work, so it asks unless -Confirm:$false says otherwise.</summary>
[Cmdlet(VerbsCommon.Remove, "TinySoraCheckpoint", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High,
    DefaultParameterSetName = "Path", HelpUri = HelpPages.Root + "Remove-TinySoraCheckpoint.md")]
[OutputType(typeof(void))]
public sealed class RemoveTinySoraCheckpointCommand : PathCmdlet
{
    protected override void ProcessPath(string path)
    {
        var checkpoint = Try(() => CheckpointStore.List(path));
        if (checkpoint is [var only] && only.Path == path)
        {
            if (ShouldProcess(path, "Delete the checkpoint"))
            {
                Try(() =>
                {
                    CheckpointStore.Remove(path);
                    return true;
                });
            }
        }
    }
}
