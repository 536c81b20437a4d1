using System.Management.Automation;
using TinySora.Engine.Data.Worlds;
using TinySora.Engine.Evaluation;
using TinySora.PowerShell.Cmdlets.Binding;
using TinySora.PowerShell.Completers;

namespace TinySora.PowerShell.Cmdlets.Generation;

/// <summary>Generates clips from the shapes world and measures from the pixels whether the clips follow the prompts.</summary>
[Cmdlet(VerbsDiagnostic.Measure, "TinySoraAdherence", DefaultParameterSetName = nameof(Split), HelpUri = HelpPages.Root + "Measure-TinySoraAdherence.md")]
[OutputType(typeof(AdherenceVerdict), typeof(AdherenceShare))]
public sealed class MeasureTinySoraAdherenceCommand : EvaluationCmdlet
{
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
    public SwitchParameter Summary { get; set; }

    protected override void ProcessRecord()
    {
        var asked = Word is null ? ShapesWorld.GetCombinations(Split) : ShapesWorld.GetCombinations(Split, Word.ToLowerInvariant());
        var prompts = Require(() => Adherence.Prompts(Prompt ?? [.. asked.Select(ShapesWorld.Caption)], Count, Seed));
        Evaluate(Checkpoint, "Measuring adherence", "measure", prompts.Count, (generator, settings, progress, cancellation) =>
        {
            var verdicts = Adherence.Measure(generator, prompts, settings, progress, cancellation);
            return Summary ? Adherence.Summarize([.. verdicts], generator.Checkpoint.Tflop) : verdicts;
        });
    }
}
