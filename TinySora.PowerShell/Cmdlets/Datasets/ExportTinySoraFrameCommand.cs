using System.Management.Automation;
using TinySora.Engine.Data;
using TinySora.Engine.Data.Frames;
using TinySora.Engine.Files;
using TinySora.Engine.Formats;
using TinySora.PowerShell.Cmdlets.Binding;
using TinySora.PowerShell.Completers;
using TinySora.PowerShell.Output;

namespace TinySora.PowerShell.Cmdlets.Datasets;

/// <summary>Exports randomly chosen frames of videos as training images for a frame autoencoder.</summary>
[Cmdlet(VerbsData.Export, "TinySoraFrame", SupportsShouldProcess = true, DefaultParameterSetName = "Path",
    HelpUri = HelpPages.Root + "Export-TinySoraFrame.md")]
[OutputType(typeof(TinySoraFrames))]
public sealed class ExportTinySoraFrameCommand : EngineCmdlet
{
    private readonly List<string> sources = [];

    /// <summary>File extension of videos, as specified in the configuration; <c>null</c> without -Config.</summary>
    private string? extension;

    [Parameter(Mandatory = true, Position = 0, ParameterSetName = "Path", ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [PathOf("Path", "FullName", "DataPath")]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Path { get; set; } = [];

    [Parameter(Mandatory = true, ParameterSetName = "Config")]
    [ArgumentCompleter(typeof(PresetCompleter))]
    [ValidateNotNullOrEmpty]
    public string? Config { get; set; }

    [Parameter(Mandatory = true, ParameterSetName = "LiteralPath", ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath")]
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = [];

    [Parameter(Position = 1)]
    [ValidateNotNullOrEmpty]
    public string OutputPath { get; set; } = "./frames";

    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? FilterPath { get; set; }

    [Parameter]
    [Number]
    public double Probability { get; set; } = 0.1;

    [Parameter]
    [Number(IsWhole = true)]
    public long Seed { get; set; }

    [Parameter]
    public SwitchParameter Force { get; set; }

    private protected override bool WritesFiles => true;

    protected override void BeginProcessing()
    {
        if (Config is null)
        {
            return;
        }

        var (frames, warnings) = Require(() => ConfigSource.FramesOf(Config, Absolute));
        warnings.ToList().ForEach(WriteWarning);
        Probability = IsGiven(nameof(Probability)) ? Probability : frames.Probability;
        Seed = IsGiven(nameof(Seed)) ? Seed : frames.Seed;
        FilterPath ??= frames.FilterPath;
        OutputPath = IsGiven(nameof(OutputPath)) ? OutputPath : frames.OutputPath;
        extension = frames.Extension;
        sources.Add(Require(() => Absolute(frames.Videos)));
    }

    protected override void ProcessRecord() => sources.AddRange(Named(Path, LiteralPath, Sources));

    protected override void EndProcessing()
    {
        var folder = Require(() => Absolute(OutputPath));
        var isOfConfig = Config is not null && !IsGiven(nameof(OutputPath));
        if (sources.Count == 0 || (isOfConfig && !MayWriteTo(folder, Absolute(Config!), nameof(OutputPath), Force))
            || !ShouldProcess(folder, $"Write frames from {Plural.Count(sources.Count, "source")}"))
        {
            return;
        }

        var filter = FilterPath is null ? null : Require(() => Absolute(FilterPath));
        var options = new CaptureOptions
        {
            Probability = Probability, Seed = Seed, AsPublished = Config is not null, VideoFilter = new(extension, filter), Force = Force,
        };
        RunWork(failureEndsPipeline: true, (writer, cancellation) =>
        {
            var skipped = new List<SkippedClip>();
            var (videos, frames) = (0, 0);
            var progress = new DataProgressBar(writer, "Writing frames");
            NewFolder.RemoveOnFailure(folder, () =>
            {
                foreach (var video in FrameCapture.Write(sources, folder, options, Skip, progress, writer.Error, writer.Warning, cancellation))
                {
                    videos++;
                    frames += video.Frames;
                }
            });

            if (frames == 0 && skipped.Count == 0)
            {
                writer.Warning(FormattableString.Invariant(
                    $"No frames were chosen from {Plural.Count(videos, "video")}, because the probability is {Probability}. ")
                    + "Increase -Probability; 1 writes every frame.");
            }

            writer.Output(new TinySoraFrames(folder, videos, frames, [.. skipped]));

            void Skip(SkippedClip clip)
            {
                skipped.Add(clip);
                writer.Skipped(clip);
            }
        });
    }
}
