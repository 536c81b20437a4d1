using TinySora.Engine.Data;
using TinySora.Engine.Data.Sprites;
using TinySora.Engine.Evaluation.Sprites;
using TinySora.Engine.Families;
using TinySora.Engine.Media;
using TinySora.Engine.Tests.Data.Sprites;

namespace TinySora.Engine.Tests.Evaluation.Sprites;

/// <summary>The checker on clips whose content is known. Larger samples, with the figures in dev/log.md, differ only in their number.</summary>
public sealed class SpriteCheckerTests : IDisposable
{
    private static readonly string[] Nouns =
    [
        "apple", "cat", "dog", "elephant", "fire truck", "hourglass", "igloo", "mouse", "orange", "penguin", "rocket", "tree", "umbrella", "unicorn", "wolf",
        "fish", "tomato", "box", "lamp", "boat", "bell", "crown", "drum", "kite",
    ];

    private readonly IReadOnlyList<Sprite> sprites = [.. Nouns.Select((noun, n) => TestSprites.Create(noun, Pattern(n)))];
    private readonly SpriteAdherence adherence;
    private readonly SpriteWorld world;

    public SpriteCheckerTests()
    {
        adherence = new SpriteAdherence(sprites);
        world = TestSprites.World(sprites, _ => true, SpriteBackgroundKind.Plain, SpriteBackgroundKind.Gradient);
    }

    public void Dispose() => adherence.Dispose();

    [Theory]
    [InlineData(64, 8, 50)]
    [InlineData(32, 5, 50)]
    public void True_clips_are_recognized(int size, int frames, int count)
    {
        var wrong = Clips(size, frames, count).Where(clip => !Judge(clip.Prompt, clip.Clip).Obeyed).Select(clip => clip.Prompt).ToList();
        Assert.True(wrong.Count <= count / 50, string.Join("; ", wrong));
    }

    [Fact]
    public void Wrong_clips_are_rejected()
    {
        var (passed, count) = (new List<string>(), 0);
        foreach (var (scene, _, clip) in Clips(64, 8, 15))
        {
            foreach (var wrong in Others(scene.Meaning))
            {
                var prompt = Caption(scene with { Meaning = wrong });
                count++;
                if (Judge(prompt, clip).Obeyed)
                {
                    passed.Add(prompt);
                }
            }
        }

        Assert.InRange(count, 30, 100);
        Assert.Empty(passed);
    }

    [Fact]
    public void Similar_pictures_of_the_same_noun_are_not_confused()
    {
        var looks = Enumerable.Range(0, 6).Select(look => TestSprites.Create("cat", Darker(Pattern(0), 2 * look))).ToList();
        Sprite[] others = [.. sprites.Skip(1).Where(sprite => sprite.Name.Noun is not ("cat" or "dog"))];
        using var clear = new SpriteAdherence([.. looks, .. others]);
        using var unclear = new SpriteAdherence([.. looks, .. others, TestSprites.Create("dog", Darker(Pattern(0), 1))]);
        var cats = TestSprites.World(looks, _ => true);
        for (var k = 0; k < 8; k++)
        {
            var scene = cats.Scene(1, k, 5);
            var (prompt, clip) = (new ClipPrompt(k) { Text = cats.Captions(scene, 1, 1, k)[0] }, cats.Render(scene, 32));
            Assert.True(clear.Judge(prompt, clip).NounObeyed, $"{scene.Meaning}");
            Assert.Null(unclear.Judge(prompt, clip).Noun);
        }
    }

    /// <summary>Small diffusion models soften outlines and shift colors.</summary>
    [Fact]
    public void Slight_blur_noise_and_color_shifts_do_not_matter()
    {
        var wrong = Clips(64, 8, 30).Where(clip => !Judge(clip.Prompt, Degrade(clip.Clip)).Obeyed).Select(clip => clip.Prompt).ToList();
        Assert.True(wrong.Count <= 1, string.Join("; ", wrong));
    }

    [Fact]
    public void Nothing_is_seen_in_an_empty_clip()
    {
        var verdict = Judge("a cat jumping", Clip.Black(8, 64, 64, 3));
        Assert.Equal((0, null, null, false), (verdict.Count, verdict.Noun, verdict.Motion, verdict.Obeyed));
    }

    /// <summary>A model that has learned nothing generates noise; checking it must not take much longer than checking a good clip.</summary>
    [Theory]
    [InlineData(16)]
    [InlineData(64)]
    public void Noise_shows_none_of_the_things(int size)
    {
        var noise = Clip.Black(4, size, size, 3);
        new Random(1).NextBytes(noise.Pixels);
        Assert.False(Judge("a cat jumping", noise).Obeyed);
    }

    private SpriteVerdict Judge(string prompt, Clip clip) => adherence.Judge(new ClipPrompt(0) { Text = prompt }, clip);

    private string Caption(SpriteScene scene) => world.Captions(scene, 1, 0, 0)[0];

    private IEnumerable<(SpriteScene Scene, string Prompt, Clip Clip)> Clips(int size, int frames, int count) => Enumerable.Range(0, count).Select(k =>
    {
        var scene = world.Scene(1, k, frames);
        return (scene, Caption(scene), world.Render(scene, size));
    });

    /// <summary>Returns meanings that differ in the noun, the motion or relation, the order of the nouns, and the count.</summary>
    private static IEnumerable<SpriteMeaning> Others(SpriteMeaning meaning)
    {
        var noun = Nouns.First(noun => noun != meaning.Noun && noun != meaning.Other);
        yield return meaning with { Noun = noun };
        if (meaning.Motion is { } motion)
        {
            yield return meaning with { Motion = (SpriteMotion)(((int)motion + 1) % Enum.GetValues<SpriteMotion>().Length) };
            yield return meaning with { Count = (meaning.Count % 4) + 1 };
        }
        else
        {
            yield return meaning with { Other = noun };
            yield return meaning with { Noun = meaning.Other!, Other = meaning.Noun };
            yield return meaning with { Relation = (SpriteRelation)(((int)meaning.Relation! + 1) % Enum.GetValues<SpriteRelation>().Length) };
            yield return new SpriteMeaning(meaning.Noun) { Motion = SpriteMotion.StandingStill };
        }
    }

    /// <summary>A picture with a random pattern of two colors, mirrored as most things are.</summary>
    private static Clip Pattern(int seed)
    {
        var random = new SplitMix64(SplitMix64.Mix(seed, 0));
        var colors = Enumerable.Range(0, 2).Select(_ => (byte[])[(byte)random.Below(256), (byte)random.Below(256), (byte)random.Below(256), 255]).ToArray();
        var cells = Enumerable.Range(0, 3 * 6).Select(_ => random.Below(4)).ToArray();
        var clip = Clip.Black(1, 60, 60, 4);
        for (var i = 0; i < 60 * 60; i++)
        {
            var (x, y) = (i % 60 / 10, i / 60 / 10);
            if (cells[(3 * y) + Math.Min(x, 5 - x)] is var cell && cell < 3)
            {
                colors[cell == 2 ? 1 : 0].CopyTo(clip.Pixels, 4 * i);
            }
        }

        return clip;
    }

    private static Clip Darker(Clip picture, int difference) =>
        picture with { Pixels = [.. picture.Pixels.Select((value, i) => (byte)(i % 4 == 3 ? value : Math.Max(0, value - difference)))] };

    /// <summary>Averages neighboring pixels, and shifts the color of each channel.</summary>
    private static Clip Degrade(Clip clip)
    {
        var result = clip with { Pixels = (byte[])clip.Pixels.Clone() };
        for (var f = 0; f < clip.Frames; f++)
        {
            var before = clip.Frame(f);
            var after = result.Frame(f);
            for (var y = 1; y < clip.Height - 1; y++)
            {
                for (var i = ((y * clip.Width) + 1) * 3; i < ((y * clip.Width) + clip.Width - 1) * 3; i++)
                {
                    var near = before[i - 3] + before[i + 3] + before[i - (3 * clip.Width)] + before[i + (3 * clip.Width)];
                    after[i] = (byte)Math.Clamp((((4 * before[i]) + near) / 8) + (6 * (i % 3)) - 6, 0, 255);
                }
            }
        }

        return result;
    }
}
