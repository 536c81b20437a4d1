using TinySora.Engine.Data.Worlds;
using TinySora.Engine.Errors;
using TinySora.Engine.Families;
using TinySora.Engine.Generation;
using TinySora.Engine.Media;
using TinySora.Engine.Training.Checkpoints;

namespace TinySora.Engine.Evaluation;

/// <summary>How far a model does what its prompts say, measured on the shapes world, where pixels can be judged exactly.</summary>
public static class Adherence
{
    /// <summary>The prompts, each repeated <c>count</c> times; each clip has a seed of its own, counting up.</summary>
    /// <exception cref="TinySoraException">A prompt is no sentence of the shapes world.</exception>
    public static IReadOnlyList<ClipPrompt> Prompts(IReadOnlyList<string> prompts, int count, long seed)
    {
        var stranger = prompts.FirstOrDefault(p => ShapesWorld.Parse(p) is null);
        if (stranger is not null)
        {
            throw EvaluationErrors.NotAShapesPrompt(stranger);
        }

        return ClipPrompt.Of(prompts.SelectMany(p => Enumerable.Repeat(p, count)), seed);
    }

    /// <summary>Samples the clips of <see cref="Prompts"/> and judges each; nothing is written.</summary>
    /// <param name="settings">By name, as far as they are to be others than the model's own.</param>
    public static IEnumerable<AdherenceVerdict> Measure(
        VideoGenerator generator, IReadOnlyList<ClipPrompt> prompts, IReadOnlyDictionary<string, object>? settings = null,
        IProgress<double>? progress = null, CancellationToken cancellation = default) =>
        generator.Sample(prompts, settings, progress, cancellation).Select(
            (sample, index) => Judge(prompts[index], sample.Clip) with { Model = ModelName.Of(generator.Checkpoint.Path) });

    /// <summary>What a clip made for one of <see cref="Prompts"/> shows of its colour, shape and motion.</summary>
    public static AdherenceVerdict Judge(ClipPrompt prompt, Clip clip)
    {
        var asked = ShapesWorld.Parse(prompt.Text!)!;
        var seen = ShapesChecker.Check(clip, asked);
        return new AdherenceVerdict(
            prompt.Text!, prompt.Seed, ShapesWorld.IsHeldOut(asked), seen.Colour, seen.Shape, seen.Motion,
            seen.Colour == asked.Colour, seen.Shape == asked.Shape, seen.Motion == asked.Motion, seen.OneConnectedObject);
    }

    /// <summary>The share of clips that obey in colour, in shape, in motion, in all three, and that show one connected object.</summary>
    /// <param name="tflop">See <see cref="AdherenceShare.Tflop"/>.</param>
    public static IReadOnlyList<AdherenceShare> Summarize(IReadOnlyList<AdherenceVerdict> verdicts, double? tflop)
    {
        (string Name, Func<AdherenceVerdict, bool> Obeys)[] aspects =
        [
            ("Colour", v => v.ColourObeyed), ("Shape", v => v.ShapeObeyed), ("Motion", v => v.MotionObeyed), ("All three", v => v.Obeyed),
            ("One connected object", v => v.OneConnectedObject),
        ];
        var model = verdicts is [var first, ..] ? first.Model : null;
        return
        [
            .. from aspect in aspects
               let obeyed = verdicts.Count(aspect.Obeys)
               select new AdherenceShare(aspect.Name, obeyed, verdicts.Count, (double)obeyed / verdicts.Count, tflop) { Model = model },
        ];
    }
}

/// <summary>What was asked for and what a generated clip of the shapes world shows.</summary>
/// <param name="HeldOut">Training never sees this combination.</param>
/// <param name="Colour">As seen in the pixels; null where they do not tell. Likewise shape and motion.</param>
/// <param name="OneConnectedObject">Every frame shows exactly one object in one piece.</param>
public sealed record AdherenceVerdict(
    string Prompt, long Seed, bool HeldOut, string? Colour, string? Shape, string? Motion,
    bool ColourObeyed, bool ShapeObeyed, bool MotionObeyed, bool OneConnectedObject)
{
    /// <summary>Short name of the model that made the clip, see <see cref="ModelName"/>; `null` if it was not given.</summary>
    public string? Model { get; init; }

    public bool Obeyed => ColourObeyed && ShapeObeyed && MotionObeyed;

    public override string ToString() => $"{Prompt}: {(Obeyed ? "obeyed" : "not obeyed")}";
}

/// <param name="Share">From 0 to 1.</param>
/// <param name="Tflop">
/// The arithmetic of the model's training in TFLOP (10^12 operations), its autoencoder's included; null: its checkpoint does not tell.
/// </param>
public sealed record AdherenceShare(string Aspect, int Obeyed, int Clips, double Share, double? Tflop)
{
    /// <summary>Short name of the model that made the clips, see <see cref="ModelName"/>; `null` if it was not given.</summary>
    public string? Model { get; init; }

    public override string ToString() => FormattableString.Invariant($"{Aspect}: {Obeyed} of {Clips}");
}
