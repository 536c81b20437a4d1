using System.Management.Automation;
using TinySora.Engine.Data.Corpora;
using TinySora.Engine.Errors;
using TinySora.Engine.Latents;
using TinySora.Engine.Runs;
using TinySora.PowerShell.Cmdlets.Binding;
using TinySora.PowerShell.Completers;
using TinySora.PowerShell.Errors;
using TinySora.PowerShell.Output;

namespace TinySora.PowerShell.Cmdlets.Datasets;

/// <summary>Exports captioned videos and their encoded captions as an Arrow dataset in several parts. Writes one object per part.</summary>
[Cmdlet(VerbsData.Export, "TinySoraDataset", SupportsShouldProcess = true, HelpUri = HelpPages.Root + "Export-TinySoraDataset.md")]
[OutputType(typeof(ArrowPart))]
public sealed class ExportTinySoraDatasetCommand : DeviceCmdlet
{
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("CaptionsFile", "c")]
    [ValidateNotNullOrEmpty]
    public string CaptionPath { get; set; } = "";

    [Parameter(Mandatory = true, Position = 1, ValueFromPipelineByPropertyName = true)]
    [Alias("VideoDir", "v")]
    [ValidateNotNullOrEmpty]
    public string VideoPath { get; set; } = "";

    [Parameter(Mandatory = true, Position = 2)]
    [Alias("OutputDir", "o")]
    [ValidateNotNullOrEmpty]
    public string OutputPath { get; set; } = "";

    [Parameter(Mandatory = true)]
    [Alias("TextModel")]
    [ValidateNotNullOrEmpty]
    public string TextEncoderPath { get; set; } = "";

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string? Split { get; set; }

    [Parameter]
    [Alias("NumSplicedDatasetBins", "n")]
    [Number(IsWhole = true)]
    public int Parts { get; set; } = 10;

    [Parameter]
    [Number(IsWhole = true)]
    public int MaxFrames { get; set; } = 600;

    [Parameter]
    [Alias("VaeModel")]
    [ArgumentCompleter(typeof(AutoencoderCompleter))]
    [CheckpointPath]
    [ValidateNotNullOrEmpty]
    public string? Checkpoint { get; set; }

    [Parameter]
    [ValidateRange(1, 16_384)]
    [Number(IsWhole = true)]
    public int? Resolution { get; set; }

    [Parameter]
    [ValidateRange(1, 10_000)]
    [Number(IsWhole = true)]
    public int FrameInterval { get; set; } = 1;

    [Parameter]
    public SwitchParameter Force { get; set; }

    protected override void ProcessRecord()
    {
        var options = RequireOfItem(Options);
        if (options is null || !ShouldProcess(options.OutputPath, $"Export '{options.CaptionPath}' as Arrow files"))
        {
            return;
        }

        var checkpoint = Checkpoint is null ? null : Require(() => CheckpointAt(Checkpoint, RunNeed.Autoencoder));
        RunWork(failureEndsPipeline: false, (writer, cancellation) =>
        {
            using var model = checkpoint is null ? null : CodecModel.Open(checkpoint, Device);
            var chosen = options with { Tokens = model is null ? null : VideoTokenizer.Of(model, Resolution, FrameInterval) };
            var progress = new DataProgressBar(writer, model is null ? "Encoding captions" : "Encoding videos and captions");
            writer.OutputAll(ArrowExport.Write(chosen, writer.Report(), progress, cancellation));
        });
    }

    /// <exception cref="TinySoraException">A path is invalid; BadSplit.</exception>
    private ArrowExportOptions Options() => Split?.All(letter => char.IsLetterOrDigit(letter) || letter == '_') == false
        ? throw InputErrors.BadSplit(Split)
        : new ArrowExportOptions
        {
            CaptionPath = Absolute(CaptionPath),
            VideoPath = Absolute(VideoPath),
            OutputPath = Absolute(Split is null ? OutputPath : System.IO.Path.Combine(OutputPath, Split)),
            TextEncoderPath = Absolute(TextEncoderPath),
            Split = Split,
            Parts = Parts,
            MaxFrames = MaxFrames,
            Device = Device,
            Force = Force,
        };
}
