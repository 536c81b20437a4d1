using System.Collections;
using System.Management.Automation;
using TinySora.Engine.Errors;
using TinySora.Engine.Families;
using TinySora.Engine.Generation;
using TinySora.Engine.Media;
using TinySora.Engine.Training;
using TinySora.PowerShell.Completers;
using TinySora.PowerShell.Errors;

namespace TinySora.PowerShell.Cmdlets;

/// <summary>What can be said of a video to be made: by the command line for all, or by the properties of each object that is piped in.</summary>
public abstract class GenerateCmdlet : DeviceCmdlet
{
    private readonly HashSet<string> setup = new(StringComparer.OrdinalIgnoreCase);
    private int rows;

    // Not mandatory: some models take no text.
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("Text")]
    [ArgumentCompleter(typeof(PromptCompleter))]
    public string[]? Prompt { get; set; }

    // An empty cell of a table means: not given.
    [Parameter(Position = 1, ValueFromPipelineByPropertyName = true)]
    [Alias("ModelPath", "Path", "FullName")]
    [ArgumentCompleter(typeof(CheckpointCompleter))]
    [CheckpointPath]
    public string? Checkpoint { get; set; }

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

    // The sizes are not bound by the names of properties: generated videos have them, too, and a model of one size takes none.
    [Parameter]
    public int? Frames { get; set; }

    [Parameter]
    public int? Height { get; set; }

    [Parameter]
    public int? Width { get; set; }

    [Parameter]
    public double? FramesPerSecond { get; set; }

    // A number too large for the steps of a video is that video's error.
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int? GuessEvery { get; set; }

    /// <summary>Settings of the model that have no parameter of their own; a recipe has them under this name, too.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("Settings")]
    [ArgumentCompleter(typeof(GenerationSettingCompleter))]
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
    public int ThrottleLimit { get; set; } = 1;

    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>With <see cref="ToHash"/>: the clips that a recipe went between.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true, DontShow = true)]
    public string? FromHash { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true, DontShow = true)]
    public string? ToHash { get; set; }

    /// <summary>With <see cref="BatchIndex"/>: which video of which batch a recipe repeats.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true, DontShow = true)]
    [NumberCell(IsWhole = true)]
    public int? BatchLength { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true, DontShow = true)]
    [NumberCell(IsWhole = true)]
    public int? BatchIndex { get; set; }

    /// <summary>How many threads a recipe was sampled with.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true, DontShow = true)]
    [NumberCell(IsWhole = true)]
    public int? Threads { get; set; }

    /// <summary>The whole object, to tell a prompt from an object that PowerShell turned into text for want of one.</summary>
    [Parameter(ValueFromPipeline = true, DontShow = true)]
    public PSObject? InputObject { get; set; }

    /// <summary>Whether the command line names the checkpoint, for all prompts.</summary>
    private protected bool CheckpointIsSetup => setup.Contains(nameof(Checkpoint));

    /// <summary>What was piped in, a hashtable as an object with a property for each key; null: nothing was.</summary>
    private protected PSObject? Row { get; private set; }

    /// <summary>Blank lines that were piped in.</summary>
    private protected int BlankLines { get; private set; }

    /// <summary>Whether anything else came.</summary>
    private protected bool HasRows => rows > BlankLines;

    /// <summary>A table of videos has their paths beside their prompts: those are no checkpoints, though a file is taken for one by that name.</summary>
    private protected string? GivenCheckpoint =>
        Given(Checkpoint) is string given && (CheckpointIsSetup || OwnPrompt is null || !ClipFile.IsClip(given)) ? given : null;

    private PSPropertyInfo? OwnPrompt => Row?.Properties[nameof(Prompt)] ?? Row?.Properties["Text"];

    // What the command line names is a setup for all prompts; what comes with a prompt concerns that prompt only.
    protected override void BeginProcessing() => setup.UnionWith(MyInvocation.BoundParameters.Keys);

    protected sealed override void ProcessRecord()
    {
        rows++;
        var table = InputObject?.BaseObject as IDictionary;
        Row = table is null ? InputObject : Properties(table);
        if (Row?.BaseObject is string line && string.IsNullOrWhiteSpace(line) && !setup.Contains(nameof(Prompt)))
        {
            BlankLines++;
            return;
        }

        using var binding = table is null ? null : new TableBinding(this, Row!, setup);
        Count = Row?.BaseObject is Array && !setup.Contains(nameof(Count)) ? null : Count; // PowerShell took the array's own
        ProcessRow();
    }

    /// <summary>Deals with one object of the pipeline, or with the command line where nothing is piped in.</summary>
    private protected abstract void ProcessRow();

    /// <summary>What is asked for: of each prompt a request.</summary>
    /// <exception cref="TinySoraException">BadValue, HalfAnInterpolation; those of paths.</exception>
    private protected IReadOnlyList<GenerationRequest> Requests()
    {
        RefuseWhatWasNotBound();
        var all = new GenerationRequest
        {
            NegativePrompt = Given(NegativePrompt),
            Condition = Condition,
            Start = Start(),
            OutputPath = Absolute(Given(OutputPath) ?? DefaultPaths.Videos),
            OutputName = Given(OutputName),
            NameWords = NameWords,
            Seed = Seed,
            Count = Count ?? 1,
            Exact = Exact,
            Batch = BatchLength is int length ? (length, BatchIndex ?? 0) : null,
            Threads = ThreadCount ?? Threads,
            Settings = Settings(
                Set, (Setting.GuidanceScale, GuidanceScale), (Setting.Steps, Steps), (Setting.Sampler, Given(Sampler)), (Setting.Eta, Eta),
                (Setting.Temperature, Temperature), (Setting.TopK, TopK), (Setting.TopP, TopP),
                (Setting.Frames, Frames), (Setting.Height, Height), (Setting.Width, Width), (Setting.FramesPerSecond, FramesPerSecond)),
            Format = Given(Format) ?? "gif",
            GuessEvery = GuessEvery,
            Force = Force,
        };
        return [.. Prompts().Select(prompt => all with { Prompt = prompt })];
    }

    /// <summary>A recipe knows the name of its checkpoint but no folder: that comes from -Checkpoint, or is the usual one.</summary>
    private protected string CheckpointPath()
    {
        var path = GivenCheckpoint is string given ? CheckpointAt(given) : DefaultPaths.Checkpoint(Absolute);
        if (Given(ModelHash) is null || Row?.Properties[nameof(Checkpoint)]?.Value?.ToString() is not string named || File.Exists(path))
        {
            return path;
        }

        var name = System.IO.Path.GetFileName(named);
        var folder = CheckpointIsSetup ? path : Absolute(DefaultPaths.Results);
        var inFolder = System.IO.Path.Combine(folder, name);
        return File.Exists(inFolder) ? inFolder
            : name == System.IO.Path.GetFileName(DefaultPaths.Model) ? DefaultPaths.Model
            : CheckpointIsSetup ? path
            : throw GenerationErrors.ModelGone(name, folder);
    }

    /// <summary>What was said of how to sample, by parameters and by a table; the parameters go first.</summary>
    internal static IReadOnlyDictionary<string, object> Settings(IDictionary? table, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        var settings = new Dictionary<string, object>(StringComparer.OrdinalIgnoreCase);
        foreach (DictionaryEntry entry in table ?? new Hashtable())
        {
            settings[entry.Key.ToString()!] = entry.Value is PSObject wrapped ? wrapped.BaseObject : entry.Value ?? "";
        }

        foreach (var (name, value) in parameters)
        {
            if (value is not null)
            {
                settings[name] = value;
            }
        }

        return settings;
    }

    private protected static string? Given(string? text) => string.IsNullOrEmpty(text) ? null : text;

    /// <summary>
    /// PowerShell passes over a property that cannot be converted without a word, and a mistyped seed in a table would go unseen.
    /// </summary>
    private void RefuseWhatWasNotBound()
    {
        if (Row?.BaseObject is null or string or Array)
        {
            return;
        }

        Refuse(Weights, "Averaged or Training", nameof(Weights));
        Refuse(NameWords, "a whole number", nameof(NameWords));
        Refuse(Seed, "a whole number", nameof(Seed));
        Refuse(Count, "a whole number", nameof(Count), "BatchSize");
        Refuse(Steps, "a whole number", nameof(Steps));
        Refuse(GuidanceScale, "a number", nameof(GuidanceScale), "CondScale");
        Refuse(Eta, "a number", nameof(Eta));
        Refuse(Temperature, "a number", nameof(Temperature));
        Refuse(TopK, "a whole number", nameof(TopK));
        Refuse(TopP, "a number", nameof(TopP));
        Refuse(Mix, "a number", nameof(Mix));
        Refuse(Noise, "a number", nameof(Noise));
        Refuse(Condition, "a list of numbers", nameof(Condition));
        Refuse(Set, "a table of settings", nameof(Set), "Settings");

        void Refuse(object? bound, string expected, params ReadOnlySpan<string> names)
        {
            foreach (var name in names)
            {
                if (bound is null && Row?.Properties[name]?.Value?.ToString() is string value && !string.IsNullOrWhiteSpace(value))
                {
                    throw InputErrors.BadValue(Row, rows, name, value, expected);
                }
            }
        }
    }

    private static PSObject Properties(IDictionary table)
    {
        var row = new PSObject();
        foreach (DictionaryEntry entry in table)
        {
            if (entry.Key.ToString() is { Length: > 0 } name && row.Properties[name] is null)
            {
                row.Properties.Add(new PSNoteProperty(name, entry.Value));
            }
        }

        return row;
    }

    /// <summary>
    /// PowerShell makes text of any object that a string parameter is given: only strings and properties are prompts. Null among them: none was given.
    /// </summary>
    private IReadOnlyList<string?> Prompts()
    {
        var given = setup.Contains(nameof(Prompt)) ? Prompt
            : Row?.BaseObject is null or string or Array ? Row?.BaseObject
            : OwnPrompt?.Value;
        return (given is PSObject wrapped ? wrapped.BaseObject : given) is Array { Length: > 0 } several
            ? [.. several.Cast<object?>().Select(prompt => prompt?.ToString())]
            : [given?.ToString()];
    }

    private StartClips? Start()
    {
        var (from, to) = (Given(From), Given(To));
        if (from is null ? to is not null || Mix is not null || Noise is not null : to is null && Mix is not null)
        {
            throw InputErrors.HalfAnInterpolation();
        }

        return from is null ? null : new StartClips(Absolute(from), to is null ? null : Absolute(to))
        {
            Mix = Mix,
            Noise = Noise,
            FromHash = setup.Contains(nameof(From)) ? null : Given(FromHash),
            ToHash = setup.Contains(nameof(To)) ? null : Given(ToHash),
        };
    }
}
