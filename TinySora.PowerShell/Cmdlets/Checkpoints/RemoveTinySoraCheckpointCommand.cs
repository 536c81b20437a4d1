using System.Management.Automation;
using TinySora.Engine.Errors;
using TinySora.Engine.Training.Checkpoints;
using TinySora.PowerShell.Cmdlets.Binding;
using TinySora.PowerShell.Completers;

namespace TinySora.PowerShell.Cmdlets.Checkpoints;

/// <summary>
/// Deletes what Get-TinySoraCheckpoint lists of the same path. Checkpoints hold hours of work, so it asks unless -Confirm:$false says otherwise.
/// </summary>
[Cmdlet(VerbsCommon.Remove, "TinySoraCheckpoint", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High,
    DefaultParameterSetName = "Path", HelpUri = HelpPages.Root + "Remove-TinySoraCheckpoint.md")]
[OutputType(typeof(void))]
public sealed class RemoveTinySoraCheckpointCommand : PathCmdlet
{
    /// <summary>Paths of checkpoints. A run stands for all its checkpoints, as in Get-TinySoraCheckpoint, and not for its newest alone.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = "Path", ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("ResultsPath")]
    [ArgumentCompleter(typeof(PathCompleter))]
    [PathOf("Path", "ResultsPath", "FullName")]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public override string[] Path { get; set; } = [];

    protected override void ProcessPath(string path)
    {
        var checkpoints = Try(() => CheckpointStore.List(path) is { Count: > 0 } found ? found : throw CheckpointErrors.NoneInFolder(path));
        foreach (var checkpoint in checkpoints ?? [])
        {
            // Before anybody is asked, and for -WhatIf.
            if (Try(() => CheckpointStore.CheckOurs(checkpoint.Path)) && ShouldProcess(checkpoint.Path, "Delete the checkpoint"))
            {
                Try(() => CheckpointStore.Remove(checkpoint.Path));
            }
        }
    }
}
