using System.Management.Automation;
using TinySora.Engine.Data.Fitting;
using TinySora.Engine.Data.Sprites;
using TinySora.Engine.Data.Worlds;
using TinySora.Engine.Errors;
using TinySora.Engine.Evaluation;
using TinySora.Engine.Evaluation.Sprites;
using TinySora.Engine.Generation;
using TinySora.Engine.Runs;
using TinySora.PowerShell.Cmdlets.Binding;
using TinySora.PowerShell.Completers;
using TinySora.PowerShell.Errors;

namespace TinySora.PowerShell.Cmdlets.Generation;

/// <summary>Generates clips from the shapes world or a sprite world and measures from the pixels whether the clips follow the prompts.</summary>
[Cmdlet(VerbsDiagnostic.Measure, "TinySoraAdherence", DefaultParameterSetName = nameof(Split), HelpUri = HelpPages.Root + "Measure-TinySoraAdherence.md")]
[OutputType(typeof(AdherenceVerdict), typeof(SpriteVerdict), typeof(AdherenceShare))]
public sealed class MeasureTinySoraAdherenceCommand : EvaluationCmdlet
{
    private SpriteAdherence? sprites;

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
    [ValidateSet(nameof(ClipWorld.Shapes), nameof(ClipWorld.Sprites))]
    public ClipWorld? World { get; set; }

    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[]? Source { get; set; }

    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? NamePath { get; set; }

    [Parameter(ParameterSetName = nameof(Split))]
    [ValidateNotNullOrEmpty]
    public SpriteContent[]? Content { get; set; }

    [Parameter(ParameterSetName = nameof(Split))]
    [ValidateRange(1, 100_000)]
    [Number(IsWhole = true)]
    public int PromptCount { get; set; } = 100;

    [Parameter]
    [ValidateRange(1, 10_000)]
    [Number(IsWhole = true)]
    public int Count { get; set; } = 1;

    [Parameter]
    public SwitchParameter Summary { get; set; }

    protected override void ProcessRecord()
    {
        if ((World ?? Try(DefaultWorld)) is not ClipWorld world)
        {
            return;
        }

        if (world == ClipWorld.Sprites)
        {
            MeasureSprites();
            return;
        }

        if (((string[])[nameof(Source), nameof(NamePath), nameof(Content), nameof(PromptCount)]).FirstOrDefault(IsGiven) is string foreign)
        {
            ThrowTerminatingError(ErrorRecords.From(EvaluationErrors.ParameterOfSprites(foreign)));
        }

        var requested = Word is null ? ShapesWorld.GetCombinations(Split) : ShapesWorld.GetCombinations(Split, Word.ToLowerInvariant());
        var prompts = Require(() => Adherence.Prompts(Prompt ?? [.. requested.Select(ShapesWorld.Caption)], Count, Seed));
        Evaluate(Checkpoint, "Measuring adherence", prompts.Count, BundledModels.Shapes, (generator, settings, progress, cancellation) =>
        {
            var verdicts = Adherence.Measure(generator, prompts, settings, progress, cancellation);
            return Summary ? Adherence.Summarize([.. verdicts], generator.Checkpoint.Tflop) : verdicts;
        });
    }

    protected override void Dispose(bool disposing)
    {
        sprites?.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>Returns the world whose words the model was trained on. Models of other words are measured in the shapes world.</summary>
    /// <exception cref="TinySoraException">The checkpoint does not exist.</exception>
    private ClipWorld? DefaultWorld() =>
        (Checkpoint is null ? DefaultPaths.NewestRun(Absolute, RunNeed.Video).Folder : CheckpointAt(Checkpoint, RunNeed.Video)) is string model
            ? ModelVocabulary.WorldOf(ModelVocabulary.Read(model)) : ClipWorld.Shapes;

    private void MeasureSprites()
    {
        if (Word is not null)
        {
            ThrowTerminatingError(ErrorRecords.From(EvaluationErrors.WordOfShapes()));
        }

        var world = sprites ??= Require(OpenWorld);
        var prompts = Require(() => world.Prompts(Prompt ?? world.Draw(Split, Content ?? [], PromptCount, Seed), Count, Seed));
        Evaluate(Checkpoint, "Measuring adherence", prompts.Count, BundledModels.Emoji, (generator, settings, progress, cancellation) =>
        {
            var verdicts = world.Measure(generator, prompts, settings, progress, cancellation);
            return Summary ? SpriteAdherence.Summarize([.. verdicts], generator.Checkpoint.Tflop) : verdicts;
        });
    }

    /// <exception cref="TinySoraException">A path is invalid, or the pictures cannot be read.</exception>
    private SpriteAdherence OpenWorld()
    {
        var options = new SpriteOptions { Sources = [.. Source?.Select(Absolute) ?? []], NamesPath = NamePath is null ? null : Absolute(NamePath) };
        return new SpriteAdherence(SpriteSource.Open(options, 0, e => WriteError(ErrorRecords.From(e)), Stopped));
    }
}
