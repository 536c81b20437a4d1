using System.Management.Automation;
using TinySora.Engine.Training;
using TinySora.PowerShell.Errors;

namespace TinySora.PowerShell.Cmdlets;

/// <summary>Writes a checkpoint for other programs: as the published code's own, or as plain weights.</summary>
[Cmdlet(VerbsData.Export, "TinySoraCheckpoint", SupportsShouldProcess = true, DefaultParameterSetName = "Path",
    HelpUri = HelpPages.Root + "Export-TinySoraCheckpoint.md")]
[OutputType(typeof(FileInfo))]
public sealed class ExportTinySoraCheckpointCommand : PathCmdlet
{
    [Parameter(Position = 1)]
    [ValidateNotNullOrEmpty]
    public string? OutputPath { get; set; }

    [Parameter]
    public ExportFormat Format { get; set; } = ExportFormat.PyTorch;

    [Parameter]
    public CheckpointWeights Weights { get; set; } = CheckpointWeights.Averaged;

    [Parameter]
    public WeightType DataType { get; set; } = WeightType.Float32;

    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Note { get; set; }

    [Parameter]
    public SwitchParameter Force { get; set; }

    protected override void BeginProcessing()
    {
        if (Format == ExportFormat.PyTorch && MyInvocation.BoundParameters.ContainsKey(nameof(Weights)))
        {
            ThrowTerminatingError(ErrorRecords.From(InputErrors.HasBothWeights()));
        }
    }

    protected override IReadOnlyList<string> Find(string path) =>
        CheckpointNames.Find(path, Absolute) is string named ? [named] : base.Find(path);

    protected override void ProcessPath(string path)
    {
        if (Try(() => CheckpointStore.Latest(path)) is not CheckpointInfo checkpoint
            || Try(() => CheckpointExport.TargetPath(checkpoint, Format, OutputPath is null ? null : Absolute(OutputPath))) is not string named
            || Try(() => OutputFile(named, Force)) is not string target
            || !ShouldProcess(target, $"Export '{checkpoint.Path}' as {Format}"))
        {
            return;
        }

        if (Try(() => WriteFile(target, () => CheckpointExport.Write(checkpoint.Path, target, Format, Weights, DataType, Note))) is FileInfo file)
        {
            WriteItem(file);
        }
    }
}
