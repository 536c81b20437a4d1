using System.Management.Automation;
using TinySora.Engine.Compute;
using TinySora.Engine.Data;
using TinySora.Engine.Data.Flying;
using TinySora.Engine.Data.Kinds;
using TinySora.Engine.Errors;
using TinySora.PowerShell.Completers;
using TinySora.PowerShell.Output;

namespace TinySora.PowerShell.Cmdlets;

/// <summary>Makes a folder of clips with captions: drawn ones, pieces of videos, or those of an archive.</summary>
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
    public string? Format { get; set; }

    [Parameter(ParameterSetName = "Kind")]
    public SwitchParameter IncludeHeldOut { get; set; }

    [Parameter(ParameterSetName = "Kind")]
    public int? Width { get; set; }

    [Parameter(ParameterSetName = "Kind")]
    [ValidateNotNullOrEmpty]
    public string? DigitPath { get; set; }

    [Parameter(ParameterSetName = "Kind")]
    public int? DigitsPerClip { get; set; }

    [Parameter(ParameterSetName = "Kind")]
    public int? MaxDigits { get; set; }

    [Parameter(ParameterSetName = "Kind")]
    [ValidateNotNullOrEmpty]
    public int[]? Digits { get; set; }

    [Parameter(ParameterSetName = "Kind")]
    public int? MinDigitSize { get; set; }

    [Parameter(ParameterSetName = "Kind")]
    public int? MaxDigitSize { get; set; }

    [Parameter(ParameterSetName = "Kind")]
    public int? MaxSpeed { get; set; }

    [Parameter(ParameterSetName = "Kind")]
    public SwitchParameter WhiteDigits { get; set; }

    [Parameter(ParameterSetName = "Kind")]
    public SwitchParameter LeavingDigits { get; set; }

    [Parameter(ParameterSetName = "Kind")]
    public SwitchParameter TestDigits { get; set; }

    [Parameter(ParameterSetName = "Kind")]
    public SwitchParameter Segmentation { get; set; }

    [Parameter(ParameterSetName = "Kind")]
    public SwitchParameter OpticalFlow { get; set; }

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
                Make(folder, $"Draw {drawing.Count} clips of the kind {kind.Name}", _ => folder,
                    (_, progress, cancellation) => DatasetWriter.Draw(folder, kind, drawing, progress, cancellation));
                break;
            case ImportedKind kind:
                var import = Require(() => Options(kind));
                Make(folder, $"Make clips out of {sources.Count} videos, folders or archives", _ => folder,
                    (report, progress, cancellation) => DatasetWriter.Import(sources, folder, kind, import, report, progress, cancellation));
                break;
            case ReadyArchive:
                Make(folder, $"Unpack {sources.Count} archives", clips => ReadyArchive.FolderOf(folder, clips),
                    (_, progress, cancellation) => ReadyArchive.Unpack(sources, folder, Force, progress, cancellation));
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
        Format = Format ?? kind.Defaults.Format,
        IncludeHeldOut = IncludeHeldOut,
        DigitsPath = DigitPath is null ? null : Absolute(DigitPath),
        DigitsPerClip = DigitsPerClip ?? kind.Defaults.DigitsPerClip,
        Flying = Flying(kind.Defaults.Flying),
        Force = Force,
    };

    private FlyingOptions Flying(FlyingOptions defaults) => new()
    {
        MaxDigits = MaxDigits ?? defaults.MaxDigits,
        Digits = Digits ?? defaults.Digits,
        MinDigitSize = MinDigitSize,
        MaxDigitSize = MaxDigitSize,
        MaxSpeed = MaxSpeed,
        WhiteDigits = WhiteDigits,
        LeavingDigits = LeavingDigits,
        TestDigits = TestDigits,
        Segmentation = Segmentation,
        OpticalFlow = OpticalFlow,
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
        Format = Format ?? kind.Defaults.Format,
        Force = Force,
    };

    /// <param name="datasetOf">Tells by the paths of all clips where the dataset lies.</param>
    private void Make(
        string folder, string action, Func<IReadOnlyList<string>, string> datasetOf,
        Func<ImportReport, IProgress<DataProgress>, CancellationToken, IEnumerable<DatasetClip>> make)
    {
        if (!ShouldProcess(folder, action))
        {
            return;
        }

        RunWork(failureEndsPipeline: true, (writer, cancellation) =>
        {
            var skipped = new List<SkippedClip>();
            var captions = new HashSet<string>(StringComparer.Ordinal);
            var paths = new List<string>();
            var report = new ImportReport(Skip, writer.Warning);
            foreach (var clip in make(report, new DataProgressBar(writer, "Writing clips"), cancellation))
            {
                paths.Add(clip.Path);
                captions.Add(clip.Caption ?? "");
            }

            captions.Remove("");
            writer.Output(new TinySoraDataset(datasetOf(paths), paths.Count, captions.Count, skipped));

            void Skip(SkippedClip clip)
            {
                skipped.Add(clip);
                writer.Warning($"{clip}");
            }
        });
    }
}
