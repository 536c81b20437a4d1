using System.Collections;
using System.Management.Automation;
using TinySora.Engine.Configuration;
using TinySora.Engine.Media.Files;
using TinySora.Engine.Training.Checkpoints;
using TinySora.PowerShell.Cmdlets.Binding;
using TinySora.PowerShell.Completers;
using TinySora.PowerShell.Errors;

namespace TinySora.PowerShell.Cmdlets.Generation;

/// <summary>
/// What can be said of a video to be made: by the command line for all, or by the properties of each object that is piped in. A parameter here
/// that takes its value from the pipeline by its name is a column of a table of prompts.
/// </summary>
public abstract partial class GenerateCmdlet : VideoModelCmdlet
{
    private readonly HashSet<string> setup = new(StringComparer.OrdinalIgnoreCase);
    private int rows;

    // Not mandatory: some models take no text.
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("Text", "Caption")]
    [ArgumentCompleter(typeof(PromptCompleter))]
    public string[]? Prompt { get; set; }

    // An empty cell of a table means: not given.
    [Parameter(Position = 1, ValueFromPipelineByPropertyName = true)]
    [Alias("ModelPath", "Path", "FullName")]
    [ArgumentCompleter(typeof(CheckpointCompleter))]
    [CheckpointPath]
    public string? Checkpoint { get; set; }

    [Parameter]
    [ArgumentCompleter(typeof(PresetCompleter))]
    [ValidateNotNullOrEmpty]
    public string? Config { get; set; }

    // A table of recipes leaves the cell empty where they are the averaged ones.
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [EmptyIsNull]
    public CheckpointWeights? Weights { get; set; }

    [Parameter(Position = 2, ValueFromPipelineByPropertyName = true)]
    [Alias("OutputDir")]
    public string? OutputPath { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    public string? OutputName { get; set; }

    // A number that names no words is its row's error.
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

    // Of a row they are its request's: generated videos have them, too, and a model of one size takes none.
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

    // A number too large for the steps of a video is that video's error.
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    [Number(IsWhole = true)]
    public int? GuessEvery { get; set; }

    /// <summary>Settings of the model that have no parameter of their own; a recipe has them under this name, too.</summary>
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

    /// <summary>The whole object, to tell a prompt from an object that PowerShell turned into text for want of one.</summary>
    [Parameter(ValueFromPipeline = true)]
    public PSObject? InputObject { get; set; }

    /// <summary>Whether the command line names the checkpoint, for all prompts.</summary>
    private protected bool CheckpointIsSetup => setup.Contains(nameof(Checkpoint));

    /// <summary>The videos that the file of -Config describes; null: nobody named one.</summary>
    private protected ConfiguredVideos? Configured { get; private set; }

    /// <summary>The present object of the pipeline as a row.</summary>
    private protected PipedObject Row { get; private set; } = new(null, 0);

    /// <summary>The number of blank lines that were piped in.</summary>
    private protected int BlankLines { get; private set; }

    /// <summary>Whether anything but blank lines was piped in.</summary>
    private protected bool HasRows => rows > BlankLines;

    /// <summary>A table of videos has their paths beside their prompts: those are no checkpoints, though a file is taken for one by that name.</summary>
    private protected string? GivenCheckpoint =>
        Given(Checkpoint) is string given && (CheckpointIsSetup || !Row.HasPrompt || !ClipFile.IsClip(given)) ? given : null;

    // What the command line names is a setup for all prompts; what comes with a prompt concerns that prompt only.
    protected override void BeginProcessing()
    {
        TableArguments.RefuseEmpty(this, nameof(Device), nameof(Prompt));
        setup.UnionWith(MyInvocation.BoundParameters.Keys);
        if (OutputPath is not null && Format is not null && SaysOtherwise(OutputPath, Format))
        {
            ThrowTerminatingError(ErrorRecords.From(InputErrors.TwoFormats(OutputPath, Format)));
        }

        if (!CheckpointIsSetup && setup.Contains(nameof(Prompt)) && Prompt is [string only] && AreCheckpoints(only))
        {
            ThrowTerminatingError(ErrorRecords.From(InputErrors.PromptIsPath(only)));
        }

        Require(RefuseUnquoted);
        if (Config is not null)
        {
            (Configured, var warnings) = Require(() => ConfigSource.VideosOf(Config, Absolute));
            warnings.ToList().ForEach(WriteWarning);
        }
    }

    /// <summary>Whether a prompt is the path of a checkpoint or of a folder of some. Most are neither, and need not be possible as a path.</summary>
    private bool AreCheckpoints(string prompt)
    {
        var path = System.IO.Path.Combine(SessionState.Path.CurrentFileSystemLocation.ProviderPath, prompt);
        return CheckpointStore.IsIn(path) || (path.EndsWith(CheckpointStore.Extension, StringComparison.OrdinalIgnoreCase) && File.Exists(path));
    }

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

        // On the command line PowerShell takes no properties of an object, of a table never.
        using var binding = Row.Input is { } input && (InputObject?.BaseObject is IDictionary || setup.Contains(nameof(InputObject)))
            ? new TableBinding(this, input, setup) : null;
        Count = Row.Input?.BaseObject is Array && !setup.Contains(nameof(Count)) ? null : Count; // PowerShell took the array's own
        Row.CheckpointSource = GivenCheckpoint is not null ? CheckpointIsSetup ? CheckpointSource.CommandLine : CheckpointSource.Row
            : Configured is not null ? CheckpointSource.Config : CheckpointSource.Default;
        ProcessRow();
    }

    /// <summary>Whether the path is that of a file of another format.</summary>
    private bool SaysOtherwise(string path, string format)
    {
        var ending = System.IO.Path.GetExtension(path).ToLowerInvariant();
        return ClipFile.WritableExtensions.Contains(ending) && !ending[1..].Equals(format.TrimStart('.'), StringComparison.OrdinalIgnoreCase)
            && !Directory.Exists(Absolute(path));
    }

    /// <summary>Deals with one object of the pipeline, or with the command line where nothing is piped in.</summary>
    private protected abstract void ProcessRow();
}
