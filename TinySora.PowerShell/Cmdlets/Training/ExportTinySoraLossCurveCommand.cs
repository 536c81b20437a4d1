using System.Management.Automation;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Files;
using TinySora.Engine.Runs;
using TinySora.Engine.Training.Results;
using TinySora.PowerShell.Cmdlets.Binding;
using TinySora.PowerShell.Completers;

namespace TinySora.PowerShell.Cmdlets.Training;

/// <summary>Draws the loss curve of a training run as a PNG.</summary>
[Cmdlet(VerbsData.Export, "TinySoraLossCurve", SupportsShouldProcess = true, HelpUri = HelpPages.Root + "Export-TinySoraLossCurve.md")]
[OutputType(typeof(FileInfo))]
public sealed class ExportTinySoraLossCurveCommand : TinySoraCmdlet
{
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("ResultsPath", "FullName", "PSPath")]
    [ArgumentCompleter(typeof(RunCompleter))]
    [PathOf("ResultsPath", "Path", "FullName")]
    [ValidateNotNullOrEmpty]
    public string? Path { get; set; }

    [Parameter(Position = 1)]
    [ValidateNotNullOrEmpty]
    public string? OutputPath { get; set; }

    [Parameter]
    public SwitchParameter Logarithmic { get; set; }

    [Parameter]
    public SwitchParameter Dark { get; set; }

    [Parameter]
    public SwitchParameter Force { get; set; }

    protected override void ProcessRecord()
    {
        if (Try(() => Path is null ? DefaultPaths.Run(Absolute, RunNeed.Run) : RunOf(Absolute(Path))) is string folder
            && Try(() => ChartFile(OutputPath ?? System.IO.Path.Combine(folder, LossCurve.Name), LossCurve.Extensions, Force)) is string path
            && Try(() => LossCurve.Draw(folder, TrainingRun.SmallestLossOf(folder), Logarithmic, Dark, Stopped)) is Clip picture
            && ShouldProcess(path, "Draw the loss curve")
            && Try(() => WriteFile(path, () => ClipFile.Write(path, picture, overwrite: Force, cancellationToken: Stopped))) is FileInfo file)
        {
            WriteItem(file);
        }
    }
}
