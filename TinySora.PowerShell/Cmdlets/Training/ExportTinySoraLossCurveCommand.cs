using System.Management.Automation;
using TinySora.Engine.Media;
using TinySora.Engine.Training;
using TinySora.PowerShell.Completers;

namespace TinySora.PowerShell.Cmdlets;

/// <summary>Draws the loss of a training run over its steps as a PNG.</summary>
[Cmdlet(VerbsData.Export, "TinySoraLossCurve", SupportsShouldProcess = true, HelpUri = HelpPages.Root + "Export-TinySoraLossCurve.md")]
[OutputType(typeof(FileInfo))]
public sealed class ExportTinySoraLossCurveCommand : TinySoraCmdlet
{
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("ResultsPath", "FullName", "PSPath")]
    [ArgumentCompleter(typeof(RunCompleter))]
    [PathOf("ResultsPath", "FullName")]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = DefaultPaths.Results;

    [Parameter(Position = 1)]
    [ValidateNotNullOrEmpty]
    public string? OutputPath { get; set; }

    [Parameter]
    public SwitchParameter Logarithmic { get; set; }

    [Parameter]
    public SwitchParameter Force { get; set; }

    protected override void ProcessRecord()
    {
        var folder = Try(() => Absolute(Path));
        if (folder is null || Try(() => LossCurve.Draw(folder, Logarithmic)) is not Clip picture)
        {
            return;
        }

        var path = Try(() => OutputPath is null
            ? OutputFile(System.IO.Path.Combine(folder, LossCurve.Name), Force)
            : OutputFile(OutputPath, Force));
        if (path is not null && ShouldProcess(path, "Draw the loss curve")
            && Try(() => WriteFile(path, () => ClipFile.Write(path, picture))) is FileInfo file)
        {
            WriteItem(file);
        }
    }
}
