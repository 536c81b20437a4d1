using System.Management.Automation;
using TinySora.Engine.Data;
using TinySora.Engine.Data.Kinds;
using TinySora.Engine.Errors;
using TinySora.PowerShell.Completers;
using TinySora.PowerShell.Output;

namespace TinySora.PowerShell.Cmdlets;

/// <summary>Makes a folder of clips with captions: drawn ones, or pieces of videos.</summary>
[Cmdlet(VerbsCommon.New, "TinySoraDataset", SupportsShouldProcess = true, DefaultParameterSetName = "Kind")]
[OutputType(typeof(TinySoraDataset))]
public sealed class NewTinySoraDatasetCommand : EngineCmdlet
{
    private readonly List<string> sources = [];

    [Parameter(Position = 0)]
    [Alias("DataPath")]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = DefaultPaths.Data;

    [Parameter]
    [ArgumentCompleter(typeof(DatasetKindCompleter))]
    [ValidateNotNullOrEmpty]
    public string? Kind { get; set; }

    [Parameter(Mandatory = true, ParameterSetName = "Source", ValueFromPipeline = true)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Source { get; set; } = [];

    [Parameter(Mandatory = true, ParameterSetName = "LiteralSource", ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath", "FullName")]
    [ValidateNotNullOrEmpty]
    public string[] LiteralSource { get; set; } = [];

    [Parameter(ParameterSetName = "Kind")]
    public int? Count { get; set; }

    [Parameter]
    public long Seed { get; set; }

    [Parameter]
    public int? ImageSize { get; set; }

    [Parameter]
    public int? Frames { get; set; }

    [Parameter]
    [ArgumentCompleter(typeof(DatasetFormatCompleter))]
    [ValidateNotNullOrEmpty]
    public string Format { get; set; } = "gif";

    [Parameter(ParameterSetName = "Kind")]
    public SwitchParameter IncludeHeldOut { get; set; }

    [Parameter(ParameterSetName = "Kind")]
    public int? Width { get; set; }

    [Parameter(ParameterSetName = "Kind")]
    [ValidateNotNullOrEmpty]
    public string? DigitPath { get; set; }

    [Parameter(ParameterSetName = "Kind")]
    public int? DigitsPerClip { get; set; }

    [Parameter(ParameterSetName = "Source")]
    [Parameter(ParameterSetName = "LiteralSource")]
    public double? Duration { get; set; }

    [Parameter(ParameterSetName = "Source")]
    [Parameter(ParameterSetName = "LiteralSource")]
    public double? FramesPerSecond { get; set; }

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
    [ValidateNotNullOrEmpty]
    public string? FilterPath { get; set; }

    [Parameter(ParameterSetName = "Source")]
    [Parameter(ParameterSetName = "LiteralSource")]
    public CaptionChoice CaptionChoice { get; set; }

    [Parameter(ParameterSetName = "Source")]
    [Parameter(ParameterSetName = "LiteralSource")]
    public string? Caption { get; set; }

    [Parameter]
    public SwitchParameter Force { get; set; }

    protected override void ProcessRecord()
    {
        foreach (var path in LiteralSource)
        {
            sources.Add(Require(() => Absolute(path)));
        }

        foreach (var path in Source)
        {
            sources.AddRange(Try(() => Expand(path)) ?? []);
        }
    }

    protected override void EndProcessing()
    {
        var folder = Require(() => Absolute(Path));
        if (ParameterSetName != "Kind" && sources.Count == 0)
        {
            return;
        }

        switch (Require(FindKind))
        {
            case DrawnKind kind:
                var drawing = Require(() => Options(kind));
                Make(folder, $"Draw {drawing.Count} clips of the kind {kind.Name}",
                    (_, progress, cancellation) => DatasetWriter.Draw(folder, kind, drawing, progress, cancellation));
                break;
            case ImportedKind kind:
                var import = Require(() => Options(kind));
                Make(folder, $"Make clips out of {sources.Count} videos, folders or archives",
                    (report, progress, cancellation) => DatasetWriter.Import(sources, folder, kind, import, report, progress, cancellation));
                break;
        }
    }

    /// <exception cref="TinySoraException">Unknown, without its source or with one it has no use for, or a parameter of other kinds.</exception>
    private DatasetKind FindKind()
    {
        var drawn = ParameterSetName == "Kind";
        var kind = Kind is not null ? DatasetKinds.Find(Kind) : drawn ? DatasetKinds.Shapes : DatasetKinds.Videos;
        if (drawn != kind is DrawnKind)
        {
            throw drawn ? DataErrors.KindNeedsSource(kind.Name) : DataErrors.KindIsDrawn(kind.Name);
        }

        var foreign = DatasetKinds.All.SelectMany(k => k.Parameters).Except(kind.Parameters).FirstOrDefault(MyInvocation.BoundParameters.ContainsKey);
        return foreign is null ? kind : throw DataErrors.ForeignParameter(
            kind.Name, foreign, DatasetKinds.All.Where(k => k.Parameters.Contains(foreign)).Select(k => k.Name));
    }

    private DrawOptions Options(DrawnKind kind) => kind.Defaults with
    {
        Count = Count ?? kind.Defaults.Count,
        Seed = Seed,
        Size = ImageSize ?? kind.Defaults.Size,
        Width = Width,
        Frames = Frames ?? kind.Defaults.Frames,
        Format = Format,
        IncludeHeldOut = IncludeHeldOut,
        DigitsPath = DigitPath is null ? null : Absolute(DigitPath),
        DigitsPerClip = DigitsPerClip ?? kind.Defaults.DigitsPerClip,
        Force = Force,
    };

    private ImportOptions Options(ImportedKind kind) => kind.Defaults with
    {
        Frames = Frames ?? kind.Defaults.Frames,
        Size = ImageSize ?? kind.Defaults.Size,
        FramesPerSecond = FramesPerSecond ?? kind.Defaults.FramesPerSecond,
        Stride = Stride,
        MaxClipsPerVideo = MaxClipsPerVideo,
        Duration = Duration,
        Caption = Caption,
        CaptionsPath = CaptionPath is null ? null : Absolute(CaptionPath),
        FilterPath = FilterPath is null ? null : Absolute(FilterPath),
        CaptionChoice = CaptionChoice,
        Seed = Seed,
        Format = Format,
        Force = Force,
    };

    private void Make(
        string folder, string action, Func<ImportReport, IProgress<DataProgress>, CancellationToken, IEnumerable<DatasetClip>> make)
    {
        if (!ShouldProcess(folder, action))
        {
            return;
        }

        RunWork(failureEndsPipeline: true, (writer, cancellation) =>
        {
            var skipped = new List<SkippedClip>();
            var captions = new HashSet<string>(StringComparer.Ordinal);
            var count = 0;
            var report = new ImportReport(Skip, writer.Warning);
            foreach (var clip in make(report, new DataProgressBar(writer, "Writing clips"), cancellation))
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
        });
    }
}
