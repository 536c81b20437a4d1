using TinySora.Engine.Data;
using TinySora.Engine.Errors;
using TinySora.Engine.Generation;
using TinySora.Engine.Media;
using TinySora.Engine.Training;

namespace TinySora.Engine.Evaluation;

/// <summary>How far a model does what its prompts say, measured on the shapes world, where pixels can be judged exactly.</summary>
public static class Adherence
{
    /// <summary>Every prompt <paramref name="count"/> times; each clip has a seed of its own, counting up.</summary>
    /// <exception cref="TinySoraException">A prompt is no sentence of the shapes world.</exception>
    public static SampleRequest Request(IReadOnlyList<string> prompts, int count, long seed)
    {
        var stranger = prompts.FirstOrDefault(p => ShapesWorld.Parse(p) is null);
        if (stranger is not null)
        {
            throw EvaluationErrors.NotAShapesPrompt(stranger);
        }

        string?[] all = [.. prompts.SelectMany(p => Enumerable.Repeat<string?>(p, count))];
        return new SampleRequest(all, [.. Enumerable.Range(0, all.Length).Select(i => seed + i)]);
    }

    /// <summary>Samples the clips of a <see cref="Request"/> and judges each; nothing is written.</summary>
    public static IEnumerable<AdherenceVerdict> Measure(
        VideoGenerator generator, SampleRequest request, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        var index = 0;
        foreach (var (clip, _) in generator.Sample(request, progress, cancellation))
        {
            yield return Judge(request, index, clip);
            index++;
        }
    }

    /// <summary>What one clip of a <see cref="Request"/> shows.</summary>
    /// <param name="index">Its place in the request.</param>
    public static AdherenceVerdict Judge(SampleRequest request, int index, Clip clip) =>
        Judge(request.Prompts[index]!, request.Seeds[index], ShapesChecker.Check(clip));

    /// <summary>Colour, shape, motion, all three, and one connected object.</summary>
    public static IReadOnlyList<AdherenceShare> Summarize(IReadOnlyList<AdherenceVerdict> verdicts)
    {
        return
        [
            Share("Colour", v => v.ColourObeyed),
            Share("Shape", v => v.ShapeObeyed),
            Share("Motion", v => v.MotionObeyed),
            Share("All three", v => v.Obeyed),
            Share("One connected object", v => v.OneConnectedObject),
        ];

        AdherenceShare Share(string aspect, Func<AdherenceVerdict, bool> obeys)
        {
            var obeyed = verdicts.Count(obeys);
            return new AdherenceShare(aspect, obeyed, verdicts.Count, (double)obeyed / verdicts.Count);
        }
    }

    private static AdherenceVerdict Judge(string prompt, long seed, ShapesVerdict seen)
    {
        var asked = ShapesWorld.Parse(prompt)!;
        return new AdherenceVerdict(
            prompt, seed, ShapesWorld.IsHeldOut(asked), seen.Colour, seen.Shape, seen.Motion,
            seen.Colour == asked.Colour, seen.Shape == asked.Shape, seen.Motion == asked.Motion, seen.OneConnectedObject);
    }
}
