using System.Management.Automation;
using TinySora.Engine.Runs;
using TinySora.Engine.Studio;

namespace TinySora.PowerShell.Cmdlets.Runs;

/// <summary>Writes a self-contained HTML report of runs, which contains a table, curves and samples.</summary>
[Cmdlet(VerbsData.Export, "TinySoraReport", SupportsShouldProcess = true, DefaultParameterSetName = "Path",
    HelpUri = HelpPages.Root + "Export-TinySoraReport.md")]
[OutputType(typeof(FileInfo))]
public sealed class ExportTinySoraReportCommand : RunCmdlet
{
    private readonly List<string> folders = [];

    [Parameter(Position = 1)]
    [ValidateNotNullOrEmpty]
    public string OutputPath { get; set; } = "./report.html";

    [Parameter]
    public SwitchParameter Force { get; set; }

    private protected override bool WritesFiles => true;

    private protected override bool TakesManyRuns => true;

    protected override void ProcessRun(string folder)
    {
        if (Try(() => TrainingRun.List(folder)) is not null)
        {
            folders.Add(folder);
        }
    }

    protected override void EndProcessing()
    {
        if (folders.Count == 0)
        {
            return;
        }

        var path = Require(() => OutputFile(OutputPath, Force));
        if (ShouldProcess(path, $"Write a report of the runs in {string.Join(", ", folders)}"))
        {
            var html = Require(() => RunReport.Of(folders, Stopped));
            WriteItem(Require(() => WriteFile(path, () => RunReport.Write(path, html, overwrite: Force))));
        }
    }
}
