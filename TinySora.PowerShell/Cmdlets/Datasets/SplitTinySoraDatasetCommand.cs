using System.Management.Automation;
using TinySora.Engine.Data.Corpora;
using TinySora.PowerShell.Cmdlets.Binding;
using TinySora.PowerShell.Output;

namespace TinySora.PowerShell.Cmdlets.Datasets;

/// <summary>Splits the MSR-VTT dataset into train, val and test, each with captions and videos. Writes one object per split.</summary>
[Cmdlet(VerbsCommon.Split, "TinySoraDataset", SupportsShouldProcess = true, HelpUri = HelpPages.Root + "Split-TinySoraDataset.md")]
[OutputType(typeof(CorpusSplit))]
public sealed class SplitTinySoraDatasetCommand : EngineCmdlet
{
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("DataPath", "d", "FullName", "PSPath")]
    [PathOf("DataPath", "Path", "FullName")]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = "";

    [Parameter(Mandatory = true, Position = 1)]
    [Alias("o")]
    [ValidateNotNullOrEmpty]
    public string OutputPath { get; set; } = "";

    [Parameter]
    public SwitchParameter EntryPerCaption { get; set; }

    [Parameter]
    public SwitchParameter Force { get; set; }

    protected override void ProcessRecord()
    {
        var folder = Require(() => Absolute(OutputPath));
        if (RequireOfItem(() => Absolute(Path)) is not string source || !ShouldProcess(folder, $"Copy the splits of '{source}'"))
        {
            return;
        }

        RunWork(failureEndsPipeline: false, (writer, cancellation) =>
        {
            var options = new MsrVttSplitOptions { EntryPerCaption = EntryPerCaption, Force = Force };
            var progress = new DataProgressBar(writer, "Copying videos");
            writer.OutputAll(MsrVttSplitter.Split(source, folder, options, writer.Report(), progress, cancellation));
        });
    }
}
