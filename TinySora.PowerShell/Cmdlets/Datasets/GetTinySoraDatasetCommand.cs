using System.Management.Automation;
using TinySora.Engine.Data.Views;
using TinySora.PowerShell.Cmdlets.Binding;
using TinySora.PowerShell.Output;

namespace TinySora.PowerShell.Cmdlets.Datasets;

/// <summary>Tells what folders of clips hold: counts, sizes, lengths, captions.</summary>
[Cmdlet(VerbsCommon.Get, "TinySoraDataset", HelpUri = HelpPages.Root + "Get-TinySoraDataset.md")]
[OutputType(typeof(DatasetSummary))]
public sealed class GetTinySoraDatasetCommand : EngineCmdlet
{
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("DataPath", "FullName", "PSPath")]
    [PathOf("DataPath", "Path", "FullName")]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = DefaultPaths.Data;

    protected override void ProcessRecord()
    {
        if (Try(() => Absolute(Path)) is string folder)
        {
            RunWork(failureEndsPipeline: false, (writer, cancellation) =>
            {
                var summary = DatasetSummary.Of(folder, new DataProgressBar(writer, "Reading clips"), cancellation);
                summary.CaptionProblems.ForEach(writer.Warning);
                writer.Output(summary);
            });
        }
    }
}
