using System.Management.Automation;
using TinySora.Engine.Errors;
using TinySora.Engine.Runs;
using TinySora.Engine.Training.Checkpoints;
using TinySora.PowerShell.Cmdlets.Binding;
using TinySora.PowerShell.Completers;

namespace TinySora.PowerShell.Cmdlets.Checkpoints;

/// <summary>Lists the checkpoints in results folders, sorted by step.</summary>
[Cmdlet(VerbsCommon.Get, "TinySoraCheckpoint", DefaultParameterSetName = "Path", HelpUri = HelpPages.Root + "Get-TinySoraCheckpoint.md")]
[OutputType(typeof(CheckpointInfo))]
public sealed class GetTinySoraCheckpointCommand : TinySoraCmdlet
{
    private readonly Dictionary<string, string?> bests = [];

    [Parameter(Position = 0, ParameterSetName = "Path", ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("ResultsPath", "ModelPath")]
    [ArgumentCompleter(typeof(CheckpointCompleter))]
    [PathOf("ResultsPath", "Checkpoint", "Path", "FullName")]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Path { get; set; } = [];

    [Parameter(Mandatory = true, ParameterSetName = "LiteralPath", ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath")]
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = [];

    [Parameter]
    public SwitchParameter Latest { get; set; }

    [Parameter]
    public SwitchParameter Best { get; set; }

    protected override void ProcessRecord()
    {
        if (!IsLiteral && Path.Length == 0 && Try(() => DefaultPaths.Run(Absolute, RunNeed.Checkpoint)) is string newest)
        {
            List(newest);
        }

        foreach (var path in Named(Path, LiteralPath, path => CheckpointNames.Find(path, Absolute) is string named ? [named] : Expand(path)))
        {
            List(path);
        }
    }

    private void List(string fileOrFolder)
    {
        if (Try(() => CheckpointStore.List(fileOrFolder, bests)) is not { } all)
        {
            return;
        }

        if (all.Count == 0)
        {
            WriteWarning(CheckpointErrors.NoneInFolder(fileOrFolder).Message);
        }

        var latest = all.LastOrDefault(c => c.IsReadable);
        foreach (var checkpoint in all)
        {
            if ((!Latest || checkpoint == latest) && (!Best || checkpoint.IsBest))
            {
                WriteObject(checkpoint);
            }
        }
    }
}
