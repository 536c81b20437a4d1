using System.Collections;
using System.Management.Automation;
using TinySora.Engine.Configuration;
using TinySora.Engine.Media.Files;
using TinySora.Engine.Training.Checkpoints;
using TinySora.Engine.Training.Results;
using TinySora.PowerShell.Cmdlets.Binding;
using TinySora.PowerShell.Completers;
using TinySora.PowerShell.Errors;

namespace TinySora.PowerShell.Cmdlets.Generation;

/// <summary>
/// Parameters for generating videos, on the command line for all videos, or as properties of each piped object. Parameters that bind by property name
/// can be columns in a table of prompts.
/// </summary>
public abstract partial class GenerateCmdlet : VideoModelCmdlet
{
    private readonly HashSet<string> setup = new(StringComparer.OrdinalIgnoreCase);
    private int rows;

    // Not mandatory, because some models do not accept text.
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("Text", "Caption")]
    [ArgumentCompleter(typeof(PromptCompleter))]
    public string[]? Prompt { get; set; }

    // An empty table cell means that the parameter is not specified.
    [Parameter(Position = 1, ValueFromPipelineByPropertyName = true)]
    [Alias("ModelPath", "Path", "FullName")]
    [ArgumentCompleter(typeof(CheckpointCompleter))]
    [CheckpointPath]
    public string? Checkpoint { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(AdapterCompleter))]
    public string[]? Adapter { get; set; }

    [Parameter]
    [ArgumentCompleter(typeof(PresetCompleter))]
    [ValidateNotNullOrEmpty]
    public string? Config { get; set; }

    // In tables of recipes, an empty cell means averaged weights.
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [EmptyIsNull]
    public CheckpointWeights? Weights { get; set; }

    [Parameter(Position = 2, ValueFromPipelineByPropertyName = true)]
    [Alias("OutputDir")]
    public string? OutputPath { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    public string? OutputName { get; set; }

    // An invalid number is reported as an error in its row.
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [NumberCell(IsWhole = true)]
    public int? NameWords { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(PromptCompleter))]
    public string? NegativePrompt { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [NumberList]
    public float[]? Condition { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [NumberCell(IsWhole = true)]
    public long? Seed { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("BatchSize")]
    [NumberCell(IsWhole = true)]
    public int? Count { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("CondScale")]
    [NumberCell]
    public double? GuidanceScale { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [NumberCell(IsWhole = true)]
    public int? Steps { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(SamplerCompleter))]
    public string? Sampler { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [NumberCell]
    public double? Eta { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [NumberCell]
    public double? Temperature { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [NumberCell(IsWhole = true)]
    public int? TopK { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [NumberCell]
    public double? TopP { get; set; }

    // Not bound by property name, because generated videos also have these properties, and models with a fixed size do not accept them. See Size.
    [Parameter]
    [Number(IsWhole = true)]
    public int? Frames { get; set; }

    [Parameter]
    [Number(IsWhole = true)]
    public int? Height { get; set; }

    [Parameter]
    [Number(IsWhole = true)]
    public int? Width { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [NumberCell]
    public double? FramesPerSecond { get; set; }

    // If a value exceeds a video's number of sampling steps, this is an error only for that video.
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    [Number(IsWhole = true)]
    public int? GuessEvery { get; set; }

    /// <summary>Model settings that do not have a dedicated parameter. Recipes use the alias.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("Settings")]
    [ArgumentCompleter(typeof(GenerationSettingCompleter))]
    [SettingCell]
    public IDictionary? Set { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [PathOf("Path", "FullName")]
    public string? From { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [PathOf("Path", "FullName")]
    public string? To { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [NumberCell]
    public double? Mix { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [NumberCell]
    public double? Noise { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(FormatCompleter))]
    public string? Format { get; set; }

    [Parameter]
    public SwitchParameter Exact { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    public string? ModelHash { get; set; }

    [Parameter]
    [ValidateRange(1, 64)]
    [Number(IsWhole = true)]
    public int ThrottleLimit { get; set; } = 1;

    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>The piped object, which shows whether a prompt was piped as text or is an object that PowerShell converted to text.</summary>
    [Parameter(ValueFromPipeline = true)]
    public PSObject? InputObject { get; set; }

    /// <summary>Whether the command line specifies the checkpoint for all prompts.</summary>
    private protected bool CheckpointIsSetup => setup.Contains(nameof(Checkpoint));

    /// <summary>Videos that the file in -Config describes; <c>null</c> without -Config.</summary>
    private protected ConfiguredVideos? Configured { get; private set; }

    /// <summary>Current pipeline object as a row.</summary>
    private protected PipedObject Row { get; private set; } = new(null, 0);

    /// <summary>Number of blank lines in the input.</summary>
    private protected int BlankLines { get; private set; }

    /// <summary>Whether the input contains anything but blank lines.</summary>
    private protected bool HasRows => rows > BlankLines;

    /// <summary>
    /// Explicitly specified checkpoint. In a table of videos with prompts, Path is the path of a video, not of a checkpoint. A run without a checkpoint is
    /// specified by its folder, so that no other model is used.
    /// </summary>
    private protected string? GivenCheckpoint => Given(Checkpoint) is not string given ? Row.Recorded(nameof(TrainingResult.ResultsPath))
        : CheckpointIsSetup || !Row.HasPrompt || !ClipFile.IsClip(given) ? given : null;

    // Command-line parameters apply to all prompts; properties of a row apply to its prompt only.
    protected override void BeginProcessing()
    {
        TableArguments.ThrowIfEmpty(this, nameof(Device), nameof(Prompt));
        setup.UnionWith(MyInvocation.BoundParameters.Keys);
        if (OutputPath is not null && Format is not null && HasOtherExtension(OutputPath, Format))
        {
            ThrowTerminatingError(ErrorRecords.From(InputErrors.TwoFormats(OutputPath, Format)));
        }

        if (!CheckpointIsSetup && setup.Contains(nameof(Prompt)) && Prompt is [string only] && AreCheckpoints(only))
        {
            ThrowTerminatingError(ErrorRecords.From(InputErrors.PromptIsPath(only)));
        }

        if (setup.Contains(nameof(Prompt)) && Prompt?.FirstOrDefault(IsObject) is string text)
        {
            ThrowTerminatingError(ErrorRecords.From(InputErrors.PromptIsObject(text)));
        }

        if (setup.Contains(nameof(Prompt)) && Prompt is [string named] && PromptFiles.FindCommand(named) is string command && File.Exists(PathOf(named)))
        {
            ThrowTerminatingError(ErrorRecords.From(InputErrors.PipedFile(named, command)));
        }

        Require(RefuseUnquoted);
        if (Config is not null)
        {
            (Configured, var warnings) = Require(() => ConfigSource.VideosOf(Config, Absolute));
            warnings.ToList().ForEach(WriteWarning);
        }
    }

    /// <summary>Returns whether a prompt is what PowerShell makes of a table row or a hashtable.</summary>
    private static bool IsObject(string prompt) => prompt is "System.Collections.Hashtable" or "System.Collections.Specialized.OrderedDictionary"
        || (prompt.StartsWith("@{", StringComparison.Ordinal) && prompt.EndsWith('}'));

    /// <summary>Returns whether a prompt is the path of a checkpoint, or of a folder with checkpoints. The prompt need not be a valid path.</summary>
    private bool AreCheckpoints(string prompt)
    {
        var path = PathOf(prompt);
        return CheckpointStore.IsIn(path) || (path.EndsWith(CheckpointStore.Extension, StringComparison.OrdinalIgnoreCase) && File.Exists(path));
    }

    private string PathOf(string prompt) => System.IO.Path.Combine(SessionState.Path.CurrentFileSystemLocation.ProviderPath, prompt);

    protected sealed override void ProcessRecord()
    {
        rows++;
        Row = PipedObject.Of(InputObject, rows);
        if (Row.IsBlank && !setup.Contains(nameof(Prompt)))
        {
            BlankLines++;
            return;
        }

        if (InputObject?.BaseObject is string line && setup.Contains(nameof(Prompt)) && !setup.Contains(nameof(InputObject)))
        {
            ThrowTerminatingError(ErrorRecords.From(InputErrors.TwoPrompts(line, string.Join("', '", Prompt!))));
        }

        // PowerShell does not bind properties of -InputObject on the command line, or keys of a hashtable.
        using var binding = Row.Input is { } input && (InputObject?.BaseObject is IDictionary || setup.Contains(nameof(InputObject)))
            ? new TableBinding(this, input, setup) : null;
        if (binding?.NoPath is var (parameter, value))
        {
            WriteError(ErrorRecords.From(InputErrors.NoPath(Row.Input!, rows, parameter, value)));
            return;
        }

        Count = Row.Input?.BaseObject is IList && !setup.Contains(nameof(Count)) ? null : Count; // PowerShell has bound the list's Count property
        Row.CheckpointSource = GivenCheckpoint is not null ? CheckpointIsSetup ? CheckpointSource.CommandLine : CheckpointSource.Row
            : Configured is not null ? CheckpointSource.Config : CheckpointSource.Default;
        Row.ChoosesModel = Row.CheckpointSource == CheckpointSource.Row
            || (Weights is not null and not CheckpointWeights.Averaged && !setup.Contains(nameof(Weights)))
            || (Adapter?.Any(adapter => Given(adapter) is not null) == true && !setup.Contains(nameof(Adapter)));
        ProcessRow();
    }

    /// <summary>Returns whether a path specifies a file whose extension belongs to a format other than <paramref name="format"/>.</summary>
    private bool HasOtherExtension(string path, string format)
    {
        var ending = System.IO.Path.GetExtension(path).ToLowerInvariant();
        return ClipFile.WritableExtensions.Contains(ending) && !ending[1..].Equals(format.TrimStart('.'), StringComparison.OrdinalIgnoreCase)
            && !Directory.Exists(Absolute(path));
    }

    /// <summary>Processes one pipeline object, or the command line if there is no pipeline input.</summary>
    private protected abstract void ProcessRow();
}
