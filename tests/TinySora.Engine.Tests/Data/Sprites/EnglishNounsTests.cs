using TinySora.Engine.Data.Sprites;

namespace TinySora.Engine.Tests.Data.Sprites;

public sealed class EnglishNounsTests
{
    [Theory]
    [InlineData("apple", "an apple")]
    [InlineData("elephant", "an elephant")]
    [InlineData("hourglass", "an hourglass")]
    [InlineData("house", "a house")]
    [InlineData("UFO", "a UFO")]
    [InlineData("umbrella", "an umbrella")]
    [InlineData("unicorn", "a unicorn")]
    [InlineData("small apple", "a small apple")]
    [InlineData("onion", "an onion")]
    [InlineData("ewe", "a ewe")]
    public void Article_follows_the_sound(string phrase, string expected) => Assert.Equal(expected, EnglishNouns.WithArticle(phrase));

    [Theory]
    [InlineData("cat", "cats")]
    [InlineData("fox", "foxes")]
    [InlineData("bus", "buses")]
    [InlineData("peach", "peaches")]
    [InlineData("toothbrush", "toothbrushes")]
    [InlineData("strawberry", "strawberries")]
    [InlineData("key", "keys")]
    [InlineData("monkey", "monkeys")]
    [InlineData("piano", "pianos")]
    [InlineData("potato", "potatoes")]
    [InlineData("mouse", "mice")]
    [InlineData("wolf", "wolves")]
    [InlineData("maple leaf", "maple leaves")]
    [InlineData("sheep", "sheep")]
    [InlineData("tropical fish", "tropical fish")]
    [InlineData("fire truck", "fire trucks")]
    [InlineData("bunch of grapes", "bunches of grapes")]
    [InlineData("pair of scissors", "pairs of scissors")]
    [InlineData("snowman", "snowmen")]
    public void Plural_is_regular_or_from_the_list(string noun, string expected) => Assert.Equal(expected, EnglishNouns.Plural(noun));
}
