using System.Management.Automation;
using TinySora.Engine.Errors;
using TinySora.Engine.Generation;
using TinySora.PowerShell.Completers;
using TinySora.PowerShell.Errors;
using TinySora.PowerShell.Output;

namespace TinySora.PowerShell.Cmdlets;

/// <summary>Makes videos from prompts. One object per video, as soon as its file is written.</summary>
[Cmdlet(VerbsLifecycle.Invoke, "TinySoraGenerate", SupportsShouldProcess = true)]
[OutputType(typeof(GeneratedVideo))]
public sealed class InvokeTinySoraGenerateCommand : EngineCmdlet
{
    /// <summary>A checkpoint is loaded once, however many prompts come.</summary>
    private readonly Dictionary<string, VideoGenerator> open = [];

    private readonly HashSet<string> warned = [];

    private bool checkpointIsSetup;
    private bool promptIsSetup;
    private bool fromIsSetup;
    private bool toIsSetup;

    // Not mandatory: some models take no text.
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("Text")]
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
    public string? NegativePrompt { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [EmptyIsNull]
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

    /// <summary>The whole object, to tell a prompt from an object that PowerShell turned into text for want of one.</summary>
    [Parameter(ValueFromPipeline = true, DontShow = true)]
    public PSObject? InputObject { get; set; }

    // What the command line names is a setup for all prompts; what comes with a prompt concerns that prompt only.
    protected override void BeginProcessing()
    {
        checkpointIsSetup = MyInvocation.BoundParameters.ContainsKey(nameof(Checkpoint));
        promptIsSetup = MyInvocation.BoundParameters.ContainsKey(nameof(Prompt));
        fromIsSetup = MyInvocation.BoundParameters.ContainsKey(nameof(From));
        toIsSetup = MyInvocation.BoundParameters.ContainsKey(nameof(To));
    }

    protected override void ProcessRecord()
    {
        if (Try(Request) is not GenerationRequest request)
        {
            return;
        }

        var what = Given(request.Prompt) is string prompt ? $"'{prompt}'" : "a video without a prompt";
        what += request.NegativePrompt is null ? "" : $" without '{request.NegativePrompt}'";
        if (!ShouldProcess(request.OutputPath, request.Count == 1 ? $"Generate {what}" : $"Generate {what}, {request.Count} times")
            || Open() is not VideoGenerator generator
            || !Fits(request, generator))
        {
            return;
        }

        RunWork(failureEndsPipeline: false, (writer, cancellation) =>
        {
            var progress = new ShareProgress(writer, "Generating", what);
            foreach (var video in generator.Generate(request, progress, cancellation))
            {
                if (video.UnknownWords.Count > 0 && warned.Add(what))
                {
                    writer.Warning($"The model has never seen these words of {what}: {string.Join(", ", video.UnknownWords)}.");
                }

                writer.Output(video);
            }
        });
    }

    protected override void Dispose(bool disposing)
    {
        foreach (var generator in open.Values)
        {
            generator.Dispose();
        }

        open.Clear();
        base.Dispose(disposing);
    }

    private GenerationRequest Request() => new()
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
        GuidanceScale = GuidanceScale,
        Steps = Steps,
        Sampler = Given(Sampler),
        Eta = Eta,
        Format = Given(Format) ?? "gif",
        Force = Force,
    };

    /// <summary>PowerShell makes text of any object that a string parameter is given: only strings and properties are prompts.</summary>
    private string? PromptText() => promptIsSetup || InputObject?.BaseObject is null or string
        ? Prompt
        : (InputObject.Properties[nameof(Prompt)] ?? InputObject.Properties["Text"])?.Value?.ToString();

    private ClipPair? Between() => (Given(From), Given(To)) switch
    {
        (string from, string to) => new ClipPair(Absolute(from), Absolute(to))
        {
            Mix = Mix, Noise = Noise, FromHash = fromIsSetup ? null : Given(FromHash), ToHash = toIsSetup ? null : Given(ToHash),
        },
        (null, null) when Mix is null && Noise is null => null,
        _ => throw InputErrors.HalfAnInterpolation(),
    };

    /// <summary>Whether what was asked for goes with the model; otherwise an error or, where it can be done all the same, a warning.</summary>
    private bool Fits(GenerationRequest request, VideoGenerator generator)
    {
        if (generator.TakesText && request.Prompt is null && request.Between is null && InputObject?.BaseObject is not (null or string))
        {
            WriteError(ErrorRecords.From(InputErrors.NoPrompt(InputObject!)));
            return false;
        }

        if (!generator.TakesText && !string.IsNullOrWhiteSpace(request.Prompt) && warned.Add(generator.Checkpoint.Path))
        {
            WriteWarning($"The model in '{generator.Checkpoint.Path}' takes no text: prompts only give the files their names.");
        }

        if (Given(ModelHash) is not string expected || generator.ModelHash.Equals(expected, StringComparison.OrdinalIgnoreCase))
        {
            return true;
        }

        var other = GenerationErrors.OtherModel(generator.Checkpoint.Path, generator.ModelHash, expected);
        if (!checkpointIsSetup)
        {
            WriteError(ErrorRecords.From(other));
        }
        else if (warned.Add(generator.Checkpoint.Path + expected))
        {
            WriteWarning($"{other.Message} The videos will differ.");
        }

        return checkpointIsSetup;
    }

    private static string? Given(string? text) => string.IsNullOrEmpty(text) ? null : text;

    private VideoGenerator? Open()
    {
        var isSetup = checkpointIsSetup || Given(Checkpoint) is null;
        if (Try(CheckpointPath) is not string path)
        {
            return null;
        }

        if (!open.ContainsKey(path))
        {
            RunWork(isSetup, (writer, _) =>
            {
                var generator = VideoGenerator.Open(path, Device);
                open.Add(path, generator);
                writer.Verbose($"Opened '{generator.Checkpoint.Path}', step {generator.Checkpoint.Step}.");
            });
        }

        return open.GetValueOrDefault(path);
    }

    /// <summary>A recipe knows the name of its checkpoint but no folder: that comes from -Checkpoint, or is the usual one.</summary>
    private string CheckpointPath()
    {
        var path = Given(Checkpoint) is string given ? Absolute(given) : DefaultPaths.Checkpoint(Absolute);
        if (Given(ModelHash) is null || InputObject?.Properties[nameof(Checkpoint)]?.Value?.ToString() is not string named || File.Exists(path))
        {
            return path;
        }

        var name = System.IO.Path.GetFileName(named);
        var folder = checkpointIsSetup ? path : Absolute(DefaultPaths.Results);
        var inFolder = System.IO.Path.Combine(folder, name);
        return File.Exists(inFolder) ? inFolder
            : name == System.IO.Path.GetFileName(DefaultPaths.Model) ? DefaultPaths.Model
            : checkpointIsSetup ? path
            : throw GenerationErrors.ModelGone(name, folder);
    }
}
