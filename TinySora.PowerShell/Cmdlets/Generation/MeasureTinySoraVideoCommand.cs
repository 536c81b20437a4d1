using System.Management.Automation;
using TinySora.Engine.Compute.Devices;
using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Evaluation.Videos;
using TinySora.PowerShell.Cmdlets.Binding;
using TinySora.PowerShell.Output;

namespace TinySora.PowerShell.Cmdlets.Generation;

/// <summary>
/// Measures the motion, change, flicker and identity of videos, and their distance from reference videos. Writes one object for all videos, or one per caption.
/// </summary>
[Cmdlet(VerbsDiagnostic.Measure, "TinySoraVideo", DefaultParameterSetName = "Path", HelpUri = HelpPages.Root + "Measure-TinySoraVideo.md")]
[OutputType(typeof(VideoStatistics))]
public sealed class MeasureTinySoraVideoCommand : DeviceCmdlet
{
    private const string Activity = "Measuring videos";

    private readonly List<string> paths = [];

    [Parameter(Mandatory = true, Position = 0, ParameterSetName = "Path", ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [PathOf("Path", "FullName", "DataPath")]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Path { get; set; } = [];

    [Parameter(Mandatory = true, ParameterSetName = "LiteralPath", ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath")]
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = [];

    [Parameter(Position = 1)]
    [PathOf("DataPath", "FullName")]
    [ValidateNotNullOrEmpty]
    public string? ReferencePath { get; set; }

    [Parameter]
    [ValidateRange(8, 1024)]
    [Number(IsWhole = true)]
    public int ImageSize { get; set; } = 64;

    [Parameter]
    public SwitchParameter ByCaption { get; set; }

    protected override void ProcessRecord() => paths.AddRange(Named(Path, LiteralPath, Expand).Where(video => Try(() => VideoMeter.Check(video))));

    protected override void EndProcessing()
    {
        if (paths.Count == 0)
        {
            return;
        }

        var reference = ReferencePath is null ? null : Require(() => Absolute(ReferencePath));
        RunWork(failureEndsPipeline: true, (writer, cancellation) =>
        {
            writer.Starting(Activity, "loading libtorch");
            var device = EngineThread.Run(() => DeviceChoice.Resolve(Device));
            var meter = new VideoMeter(ImageSize, device, clip => writer.Warning($"{clip}"), new DataProgressBar(writer, Activity));
            writer.OutputAll(ByCaption ? meter.MeasureByCaption(paths, reference, cancellation) : [meter.Measure(paths, reference, cancellation)]);
        });
    }
}
