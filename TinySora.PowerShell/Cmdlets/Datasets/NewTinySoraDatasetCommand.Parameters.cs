using System.Management.Automation;
using TinySora.Engine.Data.Flying;
using TinySora.Engine.Data.Import;
using TinySora.Engine.Data.Sprites;
using TinySora.Engine.Data.Writing;
using TinySora.Engine.Errors;
using TinySora.PowerShell.Cmdlets.Binding;
using TinySora.PowerShell.Completers;

namespace TinySora.PowerShell.Cmdlets.Datasets;

/// <content>Parameters, and their conversion to the options for each kind of dataset.</content>
public sealed partial class NewTinySoraDatasetCommand
{
    [Parameter(Position = 0)]
    [Alias("DataPath")]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = DefaultPaths.Data;

    [Parameter]
    [ArgumentCompleter(typeof(DatasetKindCompleter))]
    [ValidateNotNullOrEmpty]
    public string? Kind { get; set; }

    [Parameter(Mandatory = true, ParameterSetName = "Source", ValueFromPipeline = true)]
    [PathOf("Path")] // file objects bind to LiteralSource, because their names may look like patterns
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Source { get; set; } = [];

    [Parameter(Mandatory = true, ParameterSetName = "LiteralSource", ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath", "FullName")]
    [ValidateNotNullOrEmpty]
    public string[] LiteralSource { get; set; } = [];

    [Parameter]
    [Number(IsWhole = true)]
    public int? Count { get; set; }

    [Parameter]
    [Number(IsWhole = true)]
    public long Seed { get; set; }

    [Parameter]
    [Number(IsWhole = true)]
    public int? ImageSize { get; set; }

    [Parameter]
    [Number(IsWhole = true)]
    public int? Frames { get; set; }

    [Parameter]
    [ArgumentCompleter(typeof(DatasetFormatCompleter))]
    [ValidateNotNullOrEmpty]
    public string? Format { get; set; }

    [Parameter]
    public SwitchParameter IncludeHeldOut { get; set; }

    [Parameter]
    public SwitchParameter ExcludeTuned { get; set; }

    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? NamePath { get; set; }

    [Parameter]
    [ValidateNotNullOrEmpty]
    public SpriteBackgroundKind[]? Background { get; set; }

    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? PhotographPath { get; set; }

    [Parameter]
    [ValidateNotNullOrEmpty]
    public SpriteContent[]? Content { get; set; }

    [Parameter]
    [Number(IsWhole = true)]
    public int? CaptionCount { get; set; }

    [Parameter(ParameterSetName = "Kind")]
    [Alias("Colour")]
    [ArgumentCompleter(typeof(ColorCompleter))]
    [ValidateNotNullOrEmpty]
    public string[]? Color { get; set; }

    [Parameter(ParameterSetName = "Kind")]
    [ArgumentCompleter(typeof(ShapeCompleter))]
    [ValidateNotNullOrEmpty]
    public string[]? Shape { get; set; }

    [Parameter(ParameterSetName = "Kind")]
    [Number(IsWhole = true)]
    public int? Width { get; set; }

    [Parameter(ParameterSetName = "Kind")]
    [ValidateNotNullOrEmpty]
    public string? DigitPath { get; set; }

    [Parameter(ParameterSetName = "Kind")]
    [Number(IsWhole = true)]
    public int? DigitsPerClip { get; set; }

    [Parameter(ParameterSetName = "Kind")]
    [Number(IsWhole = true)]
    public int? MaxDigits { get; set; }

    [Parameter(ParameterSetName = "Kind")]
    [ValidateNotNullOrEmpty]
    [Number(IsWhole = true)]
    public int[]? Digits { get; set; }

    [Parameter(ParameterSetName = "Kind")]
    [Number(IsWhole = true)]
    public int? MinDigitSize { get; set; }

    [Parameter(ParameterSetName = "Kind")]
    [Number(IsWhole = true)]
    public int? MaxDigitSize { get; set; }

    [Parameter(ParameterSetName = "Kind")]
    [Number(IsWhole = true)]
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

    [Parameter]
    [Number]
    public double? Duration { get; set; }

    [Parameter]
    [Number]
    public double? FramesPerSecond { get; set; }

    [Parameter]
    [Number]
    public double? Stride { get; set; }

    [Parameter]
    [Number(IsWhole = true)]
    public int? MaxClipsPerVideo { get; set; }

    [Parameter]
    [Number(IsWhole = true)]
    public int? MaxClips { get; set; }

    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? CaptionPath { get; set; }

    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? FilterPath { get; set; }

    [Parameter]
    public CaptionChoice CaptionChoice { get; set; }

    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Caption { get; set; }

    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <exception cref="TinySoraException">A path is invalid.</exception>
    private DrawOptions Options(SyntheticKind kind) => kind.Defaults with
    {
        Count = Count ?? kind.Defaults.Count,
        Seed = Seed,
        Size = ImageSize ?? kind.Defaults.Size,
        Width = Width,
        Frames = Frames ?? kind.Defaults.Frames,
        Format = Format ?? kind.Defaults.Format,
        IncludeHeldOut = IncludeHeldOut,
        ExcludeTuned = ExcludeTuned,
        Colors = Color,
        Shapes = Shape,
        DigitsPath = DigitPath is null ? null : Absolute(DigitPath),
        DigitsPerClip = DigitsPerClip ?? kind.Defaults.DigitsPerClip,
        Flying = Flying(kind.Defaults.Flying),
        Sprites = kind.Defaults.Sprites is { } sprites ? Sprites(sprites) : null,
        Force = Force,
    };

    /// <exception cref="TinySoraException">A path is invalid.</exception>
    private ImportOptions Options(ImportedKind kind) => kind.Defaults with
    {
        Frames = Frames ?? kind.Defaults.Frames,
        Size = ImageSize ?? kind.Defaults.Size,
        FramesPerSecond = FramesPerSecond ?? kind.Defaults.FramesPerSecond,
        Stride = Stride,
        MaxClipsPerVideo = MaxClipsPerVideo,
        MaxClips = MaxClips ?? kind.Defaults.MaxClips,
        Duration = Duration,
        Caption = Caption,
        CaptionsPath = CaptionPath is null ? null : Absolute(CaptionPath),
        FilterPath = FilterPath is null ? null : Absolute(FilterPath),
        CaptionChoice = CaptionChoice,
        Seed = Seed,
        Format = Format ?? kind.Defaults.Format,
        Force = Force,
    };

    /// <exception cref="TinySoraException">A path is invalid.</exception>
    private SpriteOptions Sprites(SpriteOptions defaults) => new()
    {
        Sources = sources,
        NamesPath = NamePath is null ? null : Absolute(NamePath),
        PhotographsPath = PhotographPath is null ? null : Absolute(PhotographPath),
        Backgrounds = Background?.Distinct().ToList(),
        Contents = Content ?? [],
        Captions = CaptionCount ?? defaults.Captions,
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
}
