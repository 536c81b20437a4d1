using System.Management.Automation;
using TinySora.Engine.Evaluation.Captioning;
using TinySora.Engine.Formats;
using TinySora.PowerShell.Cmdlets.Binding;
using TinySora.PowerShell.Completers;
using TinySora.PowerShell.Errors;
using TinySora.PowerShell.Output;

namespace TinySora.PowerShell.Cmdlets.Datasets;

/// <summary>Captions videos from their pixels, without a network, and writes a table that you can edit and pass to New-TinySoraDataset.</summary>
[Cmdlet(VerbsCommon.New, "TinySoraCaption", SupportsShouldProcess = true, DefaultParameterSetName = "Path",
    HelpUri = HelpPages.Root + "New-TinySoraCaption.md")]
[OutputType(typeof(VideoCaption))]
public sealed class NewTinySoraCaptionCommand : EngineCmdlet
{
    private const string Activity = "Captioning videos";

    private readonly List<string> found = [];

    [Parameter(Mandatory = true, Position = 0, ParameterSetName = "Path", ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(PathCompleter))]
    [PathOf("Path", "FullName", "DataPath")]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Path { get; set; } = [];

    [Parameter(Mandatory = true, ParameterSetName = "LiteralPath", ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath")]
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = [];

    [Parameter(Position = 1)]
    [ValidateNotNullOrEmpty]
    public string OutputPath { get; set; } = "./captions.csv";

    [Parameter]
    [Number]
    public double MaxDuration { get; set; } = new CaptioningOptions().Seconds;

    [Parameter]
    public SwitchParameter WholeVideo { get; set; }

    [Parameter]
    public SwitchParameter Force { get; set; }

    private protected override bool WritesFiles => true;

    protected override void ProcessRecord()
    {
        foreach (var path in IsLiteral ? LiteralPath : Path)
        {
            found.AddRange(Try(() => VideoCaptioner.Find(IsLiteral ? [Absolute(path)] : Sources(path), clip => WriteWarning($"{clip}"), Stopped)) ?? []);
        }
    }

    protected override void EndProcessing()
    {
        if (found.Count == 0)
        {
            return;
        }

        var table = Require(Table);
        List<string> videos = [.. found.Distinct(StringComparer.Ordinal)];
        if (!ShouldProcess(table, $"Write captions of {Plural.Count(videos.Count, "video")}"))
        {
            return;
        }

        var options = new CaptioningOptions { Seconds = MaxDuration, WholeVideo = WholeVideo };
        RunWork(failureEndsPipeline: true, (writer, cancellation) =>
        {
            writer.Starting(Activity, $"{Plural.Count(videos.Count, "video")}");
            var progress = new DataProgressBar(writer, Activity);
            WriteFile(table, () => VideoCaptioner.Write(table, Shown(VideoCaptioner.Describe(videos, options, writer.Skipped, progress, cancellation)), Force));

            IEnumerable<VideoCaption> Shown(IEnumerable<VideoCaption> captions)
            {
                foreach (var caption in captions)
                {
                    writer.Output(caption);
                    yield return caption;
                }
            }
        });
    }

    /// <exception cref="Engine.Errors.TinySoraException">The extension is not .csv, or the file exists and -Force is missing.</exception>
    private string Table() => System.IO.Path.GetExtension(OutputPath).Equals(".csv", StringComparison.OrdinalIgnoreCase)
        ? OutputFile(OutputPath, Force)
        : throw InputErrors.NoCsv(OutputPath);
}
