using System.Management.Automation;
using TinySora.Engine.Families;
using TinySora.Engine.Training.Checkpoints;
using TinySora.Engine.Training.Export;
using TinySora.PowerShell.Completers;
using TinySora.PowerShell.Errors;

namespace TinySora.PowerShell.Cmdlets.Checkpoints;

/// <summary>Exports a checkpoint for other programs, as plain weights or in the format of the published code.</summary>
[Cmdlet(VerbsData.Export, "TinySoraCheckpoint", SupportsShouldProcess = true, DefaultParameterSetName = "Path",
    HelpUri = HelpPages.Root + "Export-TinySoraCheckpoint.md")]
[OutputType(typeof(FileInfo))]
public sealed class ExportTinySoraCheckpointCommand : PathCmdlet
{
    private readonly HashSet<string> written = new(StringComparer.Ordinal);

    [Parameter(Position = 1)]
    [ValidateNotNullOrEmpty]
    public string? OutputPath { get; set; }

    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(AdapterCompleter))]
    public string[]? Adapter { get; set; }

    [Parameter]
    public ExportFormat? Format { get; set; }

    [Parameter]
    public PublishedForm Form { get; set; } = PublishedForm.Checkpoint;

    [Parameter]
    public CheckpointWeights Weights { get; set; } = CheckpointWeights.Averaged;

    [Parameter]
    public WeightType DataType { get; set; } = WeightType.Float32;

    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Note { get; set; }

    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? WebRuntime { get; set; }

    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Format of the exported file: -Format or, if that is not specified, the format for the file name's extension.</summary>
    private ExportFormat Written => Format ?? CheckpointExport.FormatOf(OutputPath) ?? ExportFormat.PyTorch;

    private protected override bool WritesFiles => true;

    protected override void BeginProcessing()
    {
        var isCheckpoint = Form == PublishedForm.Checkpoint;
        var problem = Format is null && CheckpointExport.FormatOf(OutputPath) is null && !Directory.Exists(Require(() => Absolute(OutputPath!)))
                ? InputErrors.NoExportFormat(OutputPath!, CheckpointExport.Extensions)
            : Written != ExportFormat.PyTorch && IsGiven(nameof(Form)) ? InputErrors.FormNeedsPyTorch()
            : Written == ExportFormat.PyTorch && isCheckpoint && IsGiven(nameof(Weights)) ? InputErrors.HasBothWeights()
            : Written != ExportFormat.Html && WebRuntime is not null ? InputErrors.WebRuntimeNeedsHtml()
            : !isCheckpoint && Note is not null ? InputErrors.FormHasNoNote(Form.ToString())
            : null;
        if (problem is not null)
        {
            ThrowTerminatingError(ErrorRecords.From(problem));
        }
    }

    protected override IReadOnlyList<string> Find(string path) =>
        CheckpointNames.Find(path, Absolute) is string named ? [named] : base.Find(path);

    protected override void ProcessPath(string path)
    {
        // Do not write into the folder of the installed module.
        var output = OutputPath ?? (BundledModels.Contains(path) ? "." : null);
        if (Try(() => CheckpointStore.Latest(path)) is not CheckpointInfo checkpoint
            || Try(() => AdapterNames.Find(Adapter, Absolute)) is not { } adapters
            || Try(() => CheckpointExport.TargetPath(checkpoint, Written, output is null ? null : Absolute(output), Form)) is not string target
            || Try(() => CheckpointExport.Files(checkpoint, target, Written, Form).Select(Free).ToList()) is not List<string> files
            || !ShouldProcess(string.Join(", ", files), $"Export '{checkpoint.Path}' as {Written}")
            || Try(() => WriteFile(target, () => CheckpointExport.Write(
                checkpoint.Path, target, Written, Weights, DataType, Note, Form, WebRuntime is null ? null : Absolute(WebRuntime), Force, adapters, Stopped)))
                is null)
        {
            return;
        }

        written.UnionWith(files);
        foreach (var file in files)
        {
            WriteItem(new FileInfo(file));
        }
    }

    /// <summary>Returns the path of a file if it may be written. With -Force, files may be overwritten unless the current command has written them.</summary>
    private string Free(string file) => written.Contains(file) ? throw InputErrors.ExportedTwice(file) : OutputFile(file, Force);
}
