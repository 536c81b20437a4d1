using System.Management.Automation;
using TinySora.Engine.Errors;
using TinySora.Engine.Training.Checkpoints;
using TinySora.PowerShell.Cmdlets.Binding;
using TinySora.PowerShell.Completers;
using TinySora.PowerShell.Errors;

namespace TinySora.PowerShell.Cmdlets.Checkpoints;

/// <summary>
/// Deletes the checkpoints that Get-TinySoraCheckpoint lists for the same path. Asks for confirmation by default, because checkpoints take hours to train.
/// </summary>
[Cmdlet(VerbsCommon.Remove, "TinySoraCheckpoint", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High,
    DefaultParameterSetName = "Path", HelpUri = HelpPages.Root + "Remove-TinySoraCheckpoint.md")]
[OutputType(typeof(void))]
public sealed class RemoveTinySoraCheckpointCommand : PathCmdlet
{
    /// <summary>Paths of checkpoints. A run folder specifies all checkpoints in it, as in Get-TinySoraCheckpoint.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = "Path", ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("ResultsPath")]
    [ArgumentCompleter(typeof(PathCompleter))]
    [PathOf("Path", "ResultsPath", "FullName")]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public override string[] Path { get; set; } = [];

    protected override void ProcessPath(string path)
    {
        // Listing a file would read all checkpoints of its folder to find out whether it is the best one.
        var checkpoints = File.Exists(path) ? [path] : Try(() => CheckpointStore.List(path) is { Count: > 0 } found
            ? found.Select(info => info.Path).ToList() : throw CheckpointErrors.NoneInFolder(path));
        foreach (var checkpoint in checkpoints ?? [])
        {
            if (BundledModels.Contains(checkpoint))
            {
                WriteError(ErrorRecords.From(InputErrors.IsBundled(checkpoint)));
                continue;
            }

            // Check this before prompting, even with -WhatIf.
            if (Try(() => CheckpointStore.CheckOurs(checkpoint)) && ShouldProcess(checkpoint, "Delete the checkpoint"))
            {
                Try(() => CheckpointStore.Remove(checkpoint));
            }
        }
    }
}
