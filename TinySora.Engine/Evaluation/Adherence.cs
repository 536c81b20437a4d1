using TinySora.Engine.Data.Worlds;
using TinySora.Engine.Errors;
using TinySora.Engine.Families;
using TinySora.Engine.Generation;
using TinySora.Engine.Media;
using TinySora.Engine.Training.Checkpoints;

namespace TinySora.Engine.Evaluation;

/// <summary>Measures how well a model follows prompts from the shapes world. The pixels of a clip determine whether it follows its prompt.</summary>
public static class Adherence
{
    /// <summary>Returns each prompt <paramref name="count"/> times, with consecutive seeds.</summary>
    /// <exception cref="TinySoraException">A prompt is not a sentence from the shapes world.</exception>
    public static IReadOnlyList<ClipPrompt> Prompts(IReadOnlyList<string> prompts, int count, long seed)
    {
        var stranger = prompts.FirstOrDefault(p => ShapesWorld.Parse(p) is null);
        if (stranger is not null)
        {
            throw EvaluationErrors.NotAShapesPrompt(stranger);
        }

        return ClipPrompt.FromTexts(prompts.SelectMany(p => Enumerable.Repeat(p, count)), seed);
    }

    /// <summary>Samples and checks a clip for each of the <see cref="Prompts"/>, without writing files.</summary>
    /// <param name="settings">Sampling settings by name that override the model's defaults.</param>
    public static IEnumerable<AdherenceVerdict> Measure(
        VideoGenerator generator, IReadOnlyList<ClipPrompt> prompts, IReadOnlyDictionary<string, object>? settings = null,
        IProgress<double>? progress = null, CancellationToken cancellation = default) =>
        generator.Sample(prompts, settings, progress, cancellation).Select(
            (sample, index) => Judge(prompts[index], sample.Clip) with { Model = ModelName.Of(generator.Checkpoint.Path) });

    /// <summary>Determines the color, shape and motion in a clip that was generated for one of the <see cref="Prompts"/>.</summary>
    public static AdherenceVerdict Judge(ClipPrompt prompt, Clip clip)
    {
        var requested = ShapesWorld.Parse(prompt.Text!)!;
        var seen = ShapesChecker.Check(clip, requested);
        return new AdherenceVerdict(
            prompt.Text!, prompt.Seed, ShapesWorld.IsHeldOut(requested), seen.Color, seen.Shape, seen.Motion,
            seen.Color == requested.Color, seen.Shape == requested.Shape, seen.Motion == requested.Motion, seen.OneConnectedObject);
    }

    /// <summary>
    /// Returns the fraction of clips with the requested color, the requested shape, the requested motion, and all three, as well as the fraction of clips with
    /// a single connected object.
    /// </summary>
    /// <param name="tflop">See <see cref="AdherenceShare.Tflop"/>.</param>
    public static IReadOnlyList<AdherenceShare> Summarize(IReadOnlyList<AdherenceVerdict> verdicts, double? tflop)
    {
        (string Name, Func<AdherenceVerdict, bool> Obeys)[] aspects =
        [
            ("Color", v => v.ColorObeyed), ("Shape", v => v.ShapeObeyed), ("Motion", v => v.MotionObeyed), ("All three", v => v.Obeyed),
            ("One connected object", v => v.OneConnectedObject),
        ];
        var model = verdicts is [var first, ..] ? first.Model : null;
        return [.. aspects.Select(aspect => AdherenceShare.Create(aspect.Name, verdicts.Select(v => (bool?)aspect.Obeys(v)), tflop, model))];
    }
}

/// <summary>The prompt of a generated clip from the shapes world, and the content found in the clip.</summary>
/// <param name="HeldOut">Whether the combination of color, shape and motion is excluded from the training data.</param>
/// <param name="Color">Color found in the pixels; <c>null</c> if the pixels are inconclusive. The same applies to shape and motion.</param>
/// <param name="OneConnectedObject">Whether every frame shows a single connected object.</param>
public sealed record AdherenceVerdict(
    string Prompt, long Seed, bool HeldOut, string? Color, string? Shape, string? Motion,
    bool ColorObeyed, bool ShapeObeyed, bool MotionObeyed, bool OneConnectedObject)
{
    /// <summary>Short name of the model that generated the clip, see <see cref="ModelName"/>; <c>null</c> if unknown.</summary>
    public string? Model { get; init; }

    public bool Obeyed => ColorObeyed && ShapeObeyed && MotionObeyed;

    public override string ToString() => $"{Prompt}: {(Obeyed ? "followed" : "not followed")}";
}

/// <param name="Share">Fraction of the clips that follow the prompt in this aspect, from 0 to 1.</param>
/// <param name="Tflop">Compute used to train the model and its autoencoder, in TFLOP (10^12 operations); <c>null</c> if the checkpoint does not contain
/// it.</param>
public sealed record AdherenceShare(string Aspect, int Obeyed, int Clips, double Share, double? Tflop)
{
    /// <summary>Short name of the model that generated the clips, see <see cref="ModelName"/>; <c>null</c> if unknown.</summary>
    public string? Model { get; init; }

    /// <param name="obeys">Whether each clip follows its prompt in this aspect; <c>null</c> for clips whose prompt does not mention it.</param>
    internal static AdherenceShare Create(string aspect, IEnumerable<bool?> obeys, double? tflop, string? model)
    {
        var requested = obeys.OfType<bool>().ToList();
        var obeyed = requested.Count(isObeyed => isObeyed);
        return new AdherenceShare(aspect, obeyed, requested.Count, (double)obeyed / requested.Count, tflop) { Model = model };
    }

    public override string ToString() => FormattableString.Invariant($"{Aspect}: {Obeyed} of {Clips}");
}
