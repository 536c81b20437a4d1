using TinySora.Engine.Data.Sprites;
using TinySora.Engine.Data.Worlds;
using TinySora.Engine.Errors;
using TinySora.Engine.Evaluation.Sprites;
using TinySora.Engine.Tests.Data.Sprites;

namespace TinySora.Engine.Tests.Evaluation.Sprites;

public sealed class SpriteAdherenceTests : IDisposable
{
    private static readonly Sprite[] Sprites = [.. new[] { "cat", "dog", "tree", "boat" }.Select(noun => TestSprites.Create(noun, TestSprites.Flag(200, 100, 50)))];

    private readonly SpriteAdherence adherence = new(Sprites);

    public void Dispose() => adherence.Dispose();

    [Fact]
    public void Prompts_are_repeated_with_consecutive_seeds() => Assert.Equal(
        [("a cat jumping", 7L), ("a cat jumping", 8L), ("a dog left of a tree", 9L), ("a dog left of a tree", 10L)],
        adherence.Prompts(["a cat jumping", "a dog left of a tree"], 2, 7).Select(prompt => (prompt.Text!, prompt.Seed)));

    [Theory]
    [InlineData("a zebra jumping")] // no picture
    [InlineData("a cat")] // neither motion nor relation
    [InlineData("jump, cat!")]
    public void Other_sentences_are_refused(string prompt)
    {
        var error = Assert.Throws<TinySoraException>(() => adherence.Prompts(["a cat jumping", prompt], 1, 0));
        Assert.Equal(("TinySora.Evaluation.NotASpritePrompt", prompt), (error.Id, error.Target));
        Assert.Contains("'cat moving left'", error.Advice, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ShapesSplit.Trained)]
    [InlineData(ShapesSplit.Tuned)]
    [InlineData(ShapesSplit.Judged)]
    public void Drawn_prompts_are_from_their_part_of_the_world(ShapesSplit split)
    {
        var parser = new SpriteParser(Sprites.Select(sprite => sprite.Name));
        var prompts = adherence.Draw(split, [], 12, 3);
        Assert.Equal(12, prompts.Count);
        Assert.All(prompts, prompt => Assert.Equal(split, SpriteSplits.Of(parser.Parse(prompt)!)));
        Assert.Equal(prompts, adherence.Draw(split, [], 12, 3));
        Assert.NotEqual(prompts, adherence.Draw(split, [], 12, 4));
    }

    [Fact]
    public void Aspects_are_counted_for_the_prompts_that_mention_them()
    {
        var (jumping, left) = (new SpriteMeaning("cat") { Motion = SpriteMotion.Jumping }, new SpriteMeaning("dog") { Relation = SpriteRelation.LeftOf, Other = "tree" });
        SpriteVerdict[] verdicts =
        [
            new("a cat jumping", 0, jumping, new(1, "cat", SpriteMotion.Jumping, null, null)) { Model = "films 9" },
            new("a cat jumping", 1, jumping, new(2, "dog", SpriteMotion.Falling, null, null)),
            new("a dog left of a tree", 2, left, new(2, "dog", null, "tree", SpriteRelation.RightOf)),
        ];
        var shares = SpriteAdherence.Summarize(verdicts, 3).ToDictionary(share => share.Aspect);

        Assert.Equal((2, 3), Counts("Noun"));
        Assert.Equal((2, 3), Counts("Count"));
        Assert.Equal((1, 2), Counts("Motion"));
        Assert.Equal((0, 1), Counts("Relation"));
        Assert.Equal((1, 3), Counts("All"));
        Assert.Equal((1, 2), Counts($"All of {verdicts[0].Content}"));
        Assert.All(shares.Values, share => Assert.Equal(("films 9", 3.0), (share.Model, share.Tflop)));
        Assert.Equal("Motion: 1 of 2", shares["Motion"].ToString());
        Assert.Equal(["a cat jumping: followed", "a cat jumping: not followed", "a dog left of a tree: not followed"], verdicts.Select(verdict => $"{verdict}"));
        Assert.Empty(SpriteAdherence.Summarize([], null));

        (int, int) Counts(string aspect) => (shares[aspect].Obeyed, shares[aspect].Clips);
    }
}
