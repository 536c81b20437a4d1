using System.Management.Automation;
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

    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("Text")]
    [AllowEmptyString]
    public string Prompt { get; set; } = "";

    // An empty cell of a table means: not given.
    [Parameter(Position = 1, ValueFromPipelineByPropertyName = true)]
    [Alias("ModelPath", "Path", "FullName")]
    [ArgumentCompleter(typeof(CheckpointCompleter))]
    public string? Checkpoint { get; set; }

    [Parameter(Position = 2, ValueFromPipelineByPropertyName = true)]
    [Alias("OutputDir")]
    public string? OutputPath { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    public string? OutputName { get; set; }

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
    [ArgumentCompleter(typeof(FormatCompleter))]
    public string? Format { get; set; }

    [Parameter]
    [ArgumentCompleter(typeof(DeviceCompleter))]
    public string Device { get; set; } = "auto";

    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>The whole object, to tell a prompt from an object that PowerShell turned into text for want of one.</summary>
    [Parameter(ValueFromPipeline = true, DontShow = true)]
    public PSObject? InputObject { get; set; }

    // What the command line names is a setup for all prompts; what comes with a prompt concerns that prompt only.
    protected override void BeginProcessing()
    {
        checkpointIsSetup = MyInvocation.BoundParameters.ContainsKey(nameof(Checkpoint));
        promptIsSetup = MyInvocation.BoundParameters.ContainsKey(nameof(Prompt));
    }

    protected override void ProcessRecord()
    {
        var request = Try(Request);
        if (request is null
            || !ShouldProcess(request.OutputPath, request.Count == 1 ? $"Generate '{Prompt}'" : $"Generate {Count} videos of '{Prompt}'")
            || Open() is not VideoGenerator generator)
        {
            return;
        }

        RunWork(failureEndsPipeline: false, (writer, cancellation) =>
        {
            var progress = new ShareProgress(writer, "Generating", request.Prompt);
            foreach (var video in generator.Generate(request, progress, cancellation))
            {
                if (video.UnknownWords.Count > 0 && warned.Add(video.Prompt))
                {
                    writer.Warning($"The model has never seen these words of '{video.Prompt}': {string.Join(", ", video.UnknownWords)}.");
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
        Prompt = HasPrompt() ? Prompt : throw InputErrors.NoPrompt(InputObject!),
        OutputPath = Absolute(Given(OutputPath) ?? DefaultPaths.Videos),
        OutputName = Given(OutputName),
        Seed = Seed,
        Count = Count ?? 1,
        GuidanceScale = GuidanceScale,
        Steps = Steps,
        Sampler = Given(Sampler),
        Format = Given(Format) ?? "gif",
        Force = Force,
    };

    private bool HasPrompt() => promptIsSetup || InputObject?.BaseObject is null or string
        || InputObject.Properties[nameof(Prompt)] is not null || InputObject.Properties["Text"] is not null;

    private static string? Given(string? text) => string.IsNullOrEmpty(text) ? null : text;

    private VideoGenerator? Open()
    {
        var isSetup = checkpointIsSetup || Given(Checkpoint) is null;
        if (Try(() => Absolute(Given(Checkpoint) ?? DefaultPaths.Results)) is not string path)
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
}
