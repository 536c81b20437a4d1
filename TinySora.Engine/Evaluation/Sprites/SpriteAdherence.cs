using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Data.Sprites;
using TinySora.Engine.Data.Worlds;
using TinySora.Engine.Errors;
using TinySora.Engine.Families;
using TinySora.Engine.Generation;
using TinySora.Engine.Media;
using TinySora.Engine.Training.Checkpoints;

namespace TinySora.Engine.Evaluation.Sprites;

/// <summary>Measures how well a model follows prompts from a sprite world. The pixels of a clip determine whether it follows its prompt.</summary>
public sealed class SpriteAdherence : IDisposable
{
    private readonly IReadOnlyList<Sprite> sprites;
    private readonly SpriteParser parser;
    private readonly Lazy<SpriteChecker> checker;

    /// <param name="sprites">All pictures of the world.</param>
    public SpriteAdherence(IReadOnlyList<Sprite> sprites)
    {
        this.sprites = sprites;
        parser = new SpriteParser(sprites.Select(sprite => sprite.Name));
        checker = new Lazy<SpriteChecker>(() => new SpriteChecker(sprites));
    }

    /// <summary>Draws prompts from a part of the world. They mention neither sizes nor speeds, which are not checked.</summary>
    /// <param name="contents">What the prompts ask for; empty for everything.</param>
    /// <exception cref="TinySoraException">TinySora.Sprites.CombinationsMissing.</exception>
    public IReadOnlyList<string> Draw(ShapesSplit split, IReadOnlyCollection<SpriteContent> contents, int count, long seed)
    {
        var world = new SpriteWorld(sprites, new SpriteGround([SpriteBackgroundKind.Black], []), part => part == split, contents);
        return [.. Enumerable.Range(0, count).Select(k =>
        {
            var scene = world.Scene(seed, k, 1);
            return world.Captions(scene with { Meaning = scene.Meaning with { Size = null, Speed = null } }, 1, seed, k)[0];
        })];
    }

    /// <summary>Returns each prompt <paramref name="count"/> times, with consecutive seeds.</summary>
    /// <exception cref="TinySoraException">A prompt is not a sentence from the world, or mentions neither a motion nor a relation.</exception>
    public IReadOnlyList<ClipPrompt> Prompts(IReadOnlyList<string> prompts, int count, long seed)
    {
        var stranger = prompts.FirstOrDefault(prompt => parser.Parse(prompt) is null or { Motion: null, Relation: null });
        return stranger is null ? ClipPrompt.FromTexts(prompts.SelectMany(p => Enumerable.Repeat(p, count)), seed)
            : throw EvaluationErrors.NotASpritePrompt(stranger, sprites[0].Name.Noun);
    }

    /// <summary>Samples and checks a clip for each of the <see cref="Prompts"/>, without writing files.</summary>
    /// <param name="settings">Sampling settings by name that override the model's defaults.</param>
    public IEnumerable<SpriteVerdict> Measure(
        VideoGenerator generator, IReadOnlyList<ClipPrompt> prompts, IReadOnlyDictionary<string, object>? settings = null,
        IProgress<double>? progress = null, CancellationToken cancellation = default) =>
        generator.Sample(prompts, settings, progress, cancellation).Select(
            (sample, index) => Judge(prompts[index], sample.Clip) with { Model = ModelName.Of(generator.Checkpoint.Path) });

    /// <summary>Determines the content of a clip that was generated for one of the <see cref="Prompts"/>.</summary>
    public SpriteVerdict Judge(ClipPrompt prompt, Clip clip)
    {
        var requested = parser.Parse(prompt.Text!)!;
        return new SpriteVerdict(prompt.Text!, prompt.Seed, requested, EngineThread.Run(() => checker.Value.Check(clip, requested)));
    }

    /// <summary>Returns the fraction of clips that follow the prompt, by aspect and by the content of the prompts.</summary>
    /// <param name="tflop">See <see cref="AdherenceShare.Tflop"/>.</param>
    public static IReadOnlyList<AdherenceShare> Summarize(IReadOnlyList<SpriteVerdict> verdicts, double? tflop)
    {
        (string Name, Func<SpriteVerdict, bool?> Obeys)[] aspects =
        [
            ("Noun", v => v.NounObeyed), ("Count", v => v.CountObeyed), ("Motion", v => v.MotionObeyed), ("Relation", v => v.RelationObeyed),
            ("All", v => v.Obeyed), .. Enum.GetValues<SpriteContent>().Select<SpriteContent, (string, Func<SpriteVerdict, bool?>)>(
                content => ($"All of {content}", v => v.Content == content ? v.Obeyed : null)),
        ];
        var model = verdicts is [var first, ..] ? first.Model : null;
        return [.. aspects.Select(aspect => AdherenceShare.Create(aspect.Name, verdicts.Select(aspect.Obeys), tflop, model)).Where(share => share.Clips > 0)];
    }

    public void Dispose()
    {
        if (checker.IsValueCreated)
        {
            EngineThread.Run(checker.Value.Dispose);
        }
    }
}
