using TinySora.Engine.Data.Sprites;
using TinySora.Engine.Studio;

namespace TinySora.Engine.Tests.Studio;

/// <summary>Tests the words of a model as the page shows them, and its initial prompt.</summary>
public sealed class WordKindsTests
{
    [Fact]
    public void Words_are_sorted_by_kind_and_keep_their_order_within_one()
    {
        var groups = WordKinds.Sort("a moving square circle growing right up cyan an red 3 two king".Split(' '));
        Assert.Equal(
            ["Colors: cyan red", "Things: square circle king", "Motions: moving growing right up", "Numbers: 3 two", "Other: a an"],
            groups.Select(group => $"{group.Name}: {string.Join(' ', group.Words)}"));
        Assert.Empty(WordKinds.Sort([]));
    }

    [Fact]
    public void Words_of_motions_and_relations_are_not_things()
    {
        var phrases = SpriteWords.Motions.Values.Concat(SpriteWords.Relations.Values).Concat(SpriteWords.Sizes.Values).Concat(SpriteWords.Speeds.Values);
        var words = phrases.SelectMany(own => own).Concat(SpriteWords.Counts).SelectMany(phrase => phrase.Split(' ')).Append("penguin").Distinct();

        // "moving in a circle"
        Assert.Equal(["circle", "penguin"], WordKinds.Sort(words).Single(group => group.Name == "Things").Words);
    }

    [Theory]
    [InlineData("a moving square right cyan an orange", "a cyan square moving right")]
    [InlineData("orange an a square growing up", "an orange square growing")]
    [InlineData("candle burning", "candle burning")]
    [InlineData("waves the sea", "waves")]
    [InlineData("left right", "left right")]
    [InlineData("", "a red circle moving right")]
    public void The_example_is_a_phrase_of_the_models_words(string words, string example) =>
        Assert.Equal(example, WordKinds.Example(words.Split(' ', StringSplitOptions.RemoveEmptyEntries)));
}
