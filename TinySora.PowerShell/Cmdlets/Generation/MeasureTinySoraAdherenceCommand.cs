using System.Collections;
using System.Management.Automation;
using TinySora.Engine.Data.Worlds;
using TinySora.Engine.Evaluation;
using TinySora.Engine.Families;
using TinySora.Engine.Generation;
using TinySora.PowerShell.Cmdlets.Binding;
using TinySora.PowerShell.Completers;
using TinySora.PowerShell.Output;

namespace TinySora.PowerShell.Cmdlets.Generation;

/// <summary>Generates clips of the shapes world and tells from their pixels whether they show what was asked for.</summary>
[Cmdlet(VerbsDiagnostic.Measure, "TinySoraAdherence", DefaultParameterSetName = nameof(Split), HelpUri = HelpPages.Root + "Measure-TinySoraAdherence.md")]
[OutputType(typeof(AdherenceVerdict), typeof(AdherenceShare))]
public sealed class MeasureTinySoraAdherenceCommand : VideoModelCmdlet
{
    private const string Activity = "Measuring adherence";

    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("ModelPath", "Path", "FullName")]
    [ArgumentCompleter(typeof(CheckpointCompleter))]
    [CheckpointPath]
    [ValidateNotNullOrEmpty]
    public string? Checkpoint { get; set; }

    [Parameter(Position = 1, Mandatory = true, ParameterSetName = nameof(Prompt))]
    [ArgumentCompleter(typeof(PromptCompleter))]
    [ValidateNotNullOrEmpty]
    public string[]? Prompt { get; set; }

    [Parameter(ParameterSetName = nameof(Split))]
    public ShapesSplit Split { get; set; } = ShapesSplit.Judged;

    [Parameter(ParameterSetName = nameof(Split))]
    [ValidateSet("pink", "lime", "heart")]
    public string? Word { get; set; }

    [Parameter]
    [ValidateRange(1, 10_000)]
    [Number(IsWhole = true)]
    public int Count { get; set; } = 1;

    [Parameter]
    [Number(IsWhole = true)]
    public long Seed { get; set; }

    [Parameter]
    [Alias("CondScale")]
    [Number]
    public double? GuidanceScale { get; set; }

    [Parameter]
    [Number(IsWhole = true)]
    public int? Steps { get; set; }

    [Parameter]
    [ArgumentCompleter(typeof(SamplerCompleter))]
    [ValidateNotNullOrEmpty]
    public string? Sampler { get; set; }

    [Parameter]
    [ArgumentCompleter(typeof(GenerationSettingCompleter))]
    public IDictionary? Set { get; set; }

    [Parameter]
    public SwitchParameter Summary { get; set; }

    protected override void ProcessRecord()
    {
        var asked = Word is null ? ShapesWorld.Of(Split) : ShapesWorld.Of(Split, Word.ToLowerInvariant());
        var prompts = Require(() => Adherence.Prompts(Prompt ?? [.. asked.Select(ShapesWorld.Caption)], Count, Seed));
        if (Try(() => ModelAt(Checkpoint)) is string path)
        {
            RunWork(failureEndsPipeline: false, (writer, cancellation) => Measure(path, prompts, writer, cancellation));
        }
    }

    private void Measure(string path, IReadOnlyList<ClipPrompt> prompts, PipelineWriter writer, CancellationToken cancellation)
    {
        using var generator = writer.Open(Activity, Checkpoint is null ? "measures" : null, () => VideoGenerator.Open(path, Device));
        var progress = new ShareProgress(writer, Activity, $"{prompts.Count} clips");
        var settings = GenerateCmdlet.Settings(Set, (Setting.GuidanceScale, GuidanceScale), (Setting.Steps, Steps), (Setting.Sampler, Sampler));
        var verdicts = Adherence.Measure(generator, prompts, settings, progress, cancellation);
        foreach (var result in Summary ? Adherence.Summarize([.. verdicts], generator.Checkpoint.Tflop) : verdicts.Cast<object>())
        {
            writer.Output(result);
        }
    }
}
