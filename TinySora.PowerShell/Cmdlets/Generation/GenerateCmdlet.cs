using System.Collections;
using System.Management.Automation;
using TinySora.Engine.Errors;
using TinySora.Engine.Families;
using TinySora.Engine.Generation;
using TinySora.Engine.Media;
using TinySora.PowerShell.Completers;
using TinySora.PowerShell.Errors;

namespace TinySora.PowerShell.Cmdlets;

/// <summary>What can be said of a video to be made: by the command line for all, or by the properties of each object that is piped in.</summary>
public abstract class GenerateCmdlet : EngineCmdlet
{
    private bool promptIsSetup;
    private bool fromIsSetup;
    private bool toIsSetup;

    // Not mandatory: some models take no text.
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("Text")]
    [ArgumentCompleter(typeof(PromptCompleter))]
    public string? Prompt { get; set; }

    // An empty cell of a table means: not given.
    [Parameter(Position = 1, ValueFromPipelineByPropertyName = true)]
    [Alias("ModelPath", "Path", "FullName")]
    [ArgumentCompleter(typeof(CheckpointCompleter))]
    [CheckpointPath]
    public string? Checkpoint { get; set; }

    [Parameter(Position = 2, ValueFromPipelineByPropertyName = true)]
    [Alias("OutputDir")]
    public string? OutputPath { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    public string? OutputName { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(PromptCompleter))]
    public string? NegativePrompt { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [NumberList]
    public float[]? Condition { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [EmptyIsNull]
    public long? Seed { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("BatchSize")]
    [EmptyIsNull]
    public int? Count { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("CondScale")]
    [EmptyIsNull]
    public double? GuidanceScale { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [EmptyIsNull]
    public int? Steps { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(SamplerCompleter))]
    public string? Sampler { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [EmptyIsNull]
    public double? Eta { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [EmptyIsNull]
    public double? Temperature { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [EmptyIsNull]
    public int? TopK { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [EmptyIsNull]
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
    [EmptyIsNull]
    public double? Mix { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [EmptyIsNull]
    public double? Noise { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(FormatCompleter))]
    public string? Format { get; set; }

    [Parameter]
    public SwitchParameter Exact { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    public string? ModelHash { get; set; }

    [Parameter]
    [ArgumentCompleter(typeof(DeviceCompleter))]
    [DeviceName]
    public string Device { get; set; } = "auto";

    [Parameter]
    [ValidateRange(1, 1024)]
    public int? ThreadCount { get; set; }

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
    [EmptyIsNull]
    public int? BatchLength { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true, DontShow = true)]
    [EmptyIsNull]
    public int? BatchIndex { get; set; }

    /// <summary>How many threads a recipe was sampled with.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true, DontShow = true)]
    [EmptyIsNull]
    public int? Threads { get; set; }

    /// <summary>The whole object, to tell a prompt from an object that PowerShell turned into text for want of one.</summary>
    [Parameter(ValueFromPipeline = true, DontShow = true)]
    public PSObject? InputObject { get; set; }

    /// <summary>Whether the command line names the checkpoint, for all prompts.</summary>
    private protected bool CheckpointIsSetup { get; private set; }

    /// <summary>A table of videos has their paths beside their prompts: those are no checkpoints, though a file is taken for one by that name.</summary>
    private protected string? GivenCheckpoint =>
        Given(Checkpoint) is string given && (CheckpointIsSetup || OwnPrompt is null || !ClipFile.IsClip(given)) ? given : null;

    private PSPropertyInfo? OwnPrompt => InputObject?.Properties[nameof(Prompt)] ?? InputObject?.Properties["Text"];

    private protected override int? WorkThreads => ThreadCount;

    // What the command line names is a setup for all prompts; what comes with a prompt concerns that prompt only.
    protected override void BeginProcessing()
    {
        CheckpointIsSetup = MyInvocation.BoundParameters.ContainsKey(nameof(Checkpoint));
        promptIsSetup = MyInvocation.BoundParameters.ContainsKey(nameof(Prompt));
        fromIsSetup = MyInvocation.BoundParameters.ContainsKey(nameof(From));
        toIsSetup = MyInvocation.BoundParameters.ContainsKey(nameof(To));
    }

    /// <exception cref="TinySoraException">BadValue, HalfAnInterpolation; those of paths.</exception>
    private protected GenerationRequest Request()
    {
        RefuseWhatWasNotBound();
        return new()
        {
            Prompt = PromptText(),
            NegativePrompt = Given(NegativePrompt),
            Condition = Condition,
            Between = Between(),
            OutputPath = Absolute(Given(OutputPath) ?? DefaultPaths.Videos),
            OutputName = Given(OutputName),
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
    }

    /// <summary>A recipe knows the name of its checkpoint but no folder: that comes from -Checkpoint, or is the usual one.</summary>
    private protected string CheckpointPath()
    {
        var path = GivenCheckpoint is string given ? CheckpointAt(given) : DefaultPaths.Checkpoint(Absolute);
        if (Given(ModelHash) is null || InputObject?.Properties[nameof(Checkpoint)]?.Value?.ToString() is not string named || File.Exists(path))
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
                if (bound is null && InputObject?.Properties[name]?.Value?.ToString() is { Length: > 0 } value)
                {
                    throw InputErrors.BadValue(InputObject, name, value, expected);
                }
            }
        }
    }

    /// <summary>PowerShell makes text of any object that a string parameter is given: only strings and properties are prompts.</summary>
    private string? PromptText() => promptIsSetup || InputObject?.BaseObject is null or string
        ? Prompt
        : OwnPrompt?.Value?.ToString();

    private ClipPair? Between() => (Given(From), Given(To)) switch
    {
        (string from, string to) => new ClipPair(Absolute(from), Absolute(to))
        {
            Mix = Mix, Noise = Noise, FromHash = fromIsSetup ? null : Given(FromHash), ToHash = toIsSetup ? null : Given(ToHash),
        },
        (null, null) when Mix is null && Noise is null => null,
        _ => throw InputErrors.HalfAnInterpolation(),
    };
}
