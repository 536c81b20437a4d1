using System.Management.Automation;
using TinySora.Engine.Data;
using TinySora.PowerShell.Output;

namespace TinySora.PowerShell.Cmdlets;

/// <summary>Makes a folder of clips with captions: drawn shapes, or pieces cut out of videos.</summary>
[Cmdlet(VerbsCommon.New, "TinySoraDataset", SupportsShouldProcess = true, DefaultParameterSetName = "Kind")]
[OutputType(typeof(TinySoraDataset))]
public sealed class NewTinySoraDatasetCommand : EngineCmdlet
{
    private readonly List<string> videos = [];

    [Parameter(Position = 0)]
    [Alias("DataPath")]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = "./training_data";

    [Parameter(ParameterSetName = "Kind")]
    [ValidateSet("Shapes")]
    public string Kind { get; set; } = "Shapes";

    [Parameter(Mandatory = true, ParameterSetName = "Source", ValueFromPipeline = true)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Source { get; set; } = [];

    [Parameter(Mandatory = true, ParameterSetName = "LiteralSource", ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath", "FullName")]
    [ValidateNotNullOrEmpty]
    public string[] LiteralSource { get; set; } = [];

    [Parameter(ParameterSetName = "Kind")]
    public int Count { get; set; } = 2000;

    [Parameter(ParameterSetName = "Kind")]
    public long Seed { get; set; }

    [Parameter(ParameterSetName = "Kind")]
    public SwitchParameter IncludeHeldOut { get; set; }

    [Parameter]
    public int ImageSize { get; set; } = 32;

    [Parameter]
    public int Frames { get; set; } = 5;

    [Parameter(ParameterSetName = "Source")]
    [Parameter(ParameterSetName = "LiteralSource")]
    public double FramesPerSecond { get; set; } = 8;

    [Parameter(ParameterSetName = "Source")]
    [Parameter(ParameterSetName = "LiteralSource")]
    public double? Stride { get; set; }

    [Parameter(ParameterSetName = "Source")]
    [Parameter(ParameterSetName = "LiteralSource")]
    public int? MaxClipsPerVideo { get; set; }

    [Parameter(ParameterSetName = "Source")]
    [Parameter(ParameterSetName = "LiteralSource")]
    [ValidateNotNullOrEmpty]
    public string? CaptionPath { get; set; }

    [Parameter(ParameterSetName = "Source")]
    [Parameter(ParameterSetName = "LiteralSource")]
    public string? Caption { get; set; }

    [Parameter]
    public SwitchParameter Force { get; set; }

    protected override void ProcessRecord()
    {
        foreach (var path in LiteralSource)
        {
            videos.Add(Require(() => Absolute(path)));
        }

        foreach (var path in Source)
        {
            videos.AddRange(Try(() => Expand(path)) ?? []);
        }
    }

    protected override void EndProcessing()
    {
        var folder = Require(() => Absolute(Path));
        var shapes = ParameterSetName == "Kind";
        if (!shapes && videos.Count == 0)
        {
            return;
        }

        if (ShouldProcess(folder, shapes ? $"Draw {Count} clips of moving shapes" : $"Cut clips out of {videos.Count} videos or folders"))
        {
            var options = shapes ? null : Require(Options);
            RunWork(failureEndsPipeline: true, (writer, cancellation) => Write(folder, options, writer, cancellation));
        }
    }

    private ImportOptions Options() => new()
    {
        Frames = Frames,
        Size = ImageSize,
        FramesPerSecond = FramesPerSecond,
        Stride = Stride,
        MaxClipsPerVideo = MaxClipsPerVideo,
        Caption = Caption,
        CaptionsPath = CaptionPath is null ? null : Absolute(CaptionPath),
        Force = Force,
    };

    /// <param name="options">null: shapes.</param>
    private void Write(string folder, ImportOptions? options, PipelineWriter writer, CancellationToken cancellation)
    {
        var progress = new DataProgressBar(writer);
        var skipped = new List<SkippedClip>();
        var captions = new HashSet<string>(StringComparer.Ordinal);
        var count = 0;
        var clips = options is null
            ? DatasetWriter.WriteShapes(folder, Count, Seed, ImageSize, Frames, !IncludeHeldOut, Force, progress, cancellation)
            : DatasetWriter.ImportVideos(videos, folder, options, Skip, progress, cancellation);
        foreach (var clip in clips)
        {
            count++;
            captions.Add(clip.Caption ?? "");
        }

        captions.Remove("");
        writer.Output(new TinySoraDataset(folder, count, captions.Count, skipped));

        void Skip(SkippedClip clip)
        {
            skipped.Add(clip);
            writer.Warning($"{clip}");
        }
    }

    private sealed class DataProgressBar(PipelineWriter writer) : IProgress<DataProgress>
    {
        private readonly ShareProgress bar = new(writer, "Writing clips", "");

        public void Report(DataProgress value) => bar.Report(
            (double)value.Done / value.Total, $"{value.Done} of {value.Total}: {System.IO.Path.GetFileName(value.Item)}");
    }
}
