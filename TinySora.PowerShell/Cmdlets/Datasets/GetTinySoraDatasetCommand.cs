using System.Management.Automation;
using TinySora.Engine.Data.Views;
using TinySora.PowerShell.Output;

namespace TinySora.PowerShell.Cmdlets.Datasets;

/// <summary>Summarizes dataset folders: counts, sizes, lengths and captions.</summary>
[Cmdlet(VerbsCommon.Get, "TinySoraDataset", DefaultParameterSetName = "Path", HelpUri = HelpPages.Root + "Get-TinySoraDataset.md")]
[OutputType(typeof(DatasetSummary))]
public sealed class GetTinySoraDatasetCommand : DatasetCmdlet
{
    protected override void ProcessFolder(string folder) => RunWork(failureEndsPipeline: false, (writer, cancellation) =>
    {
        var summary = DatasetSummary.FromFolder(folder, new DataProgressBar(writer, "Reading clips"), cancellation);
        summary.CaptionProblems.ForEach(writer.Warning);
        writer.Output(summary);
    });
}
