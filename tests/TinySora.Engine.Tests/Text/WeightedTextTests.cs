using TinySora.Engine.Errors;
using TinySora.Engine.Text;

namespace TinySora.Engine.Tests.Text;

public sealed class WeightedTextTests
{
    [Theory]
    [InlineData("a red circle", "a red circle|1")]
    [InlineData("a (red:1.4) circle", "a |1|red|1.4| circle|1")]
    [InlineData("(red : .5)", "red |0.5")]
    [InlineData("(a red circle:2)", "a red circle|2")]
    [InlineData("((red:2) circle:1.5) here", "red|3| circle|1.5| here|1")]
    [InlineData("(red:2)(blue:2)", "redblue|2")]
    [InlineData("a (red:0) circle", "a |1|red|0| circle|1")]
    [InlineData("", "|1")]
    [InlineData(null, "|1")]
    public void Weights_are_read(string? prompt, string parts) => Assert.Equal(parts, Show(prompt));

    [Theory]
    [InlineData("a circle (left) moves", "a circle (left) moves|1")]
    [InlineData("a sign (note: keep left)", "a sign (note: keep left)|1")]
    [InlineData("a sign (note: 3 cats)", "a sign (note: 3 cats)|1")]
    [InlineData("(red:) (:) ()", "(red:) (:) ()|1")]
    [InlineData("red:1.4", "red:1.4|1")]
    [InlineData("a [red] circle", "a [red] circle|1")]
    [InlineData("(the (red:2) one)", "(the |1|red|2| one)|1")]
    [InlineData(@"a \(red:1.4\) circle", "a (red:1.4) circle|1")]
    [InlineData(@"(\(red\):2)", "(red)|2")]
    [InlineData(@"C:\a \\ \(", @"C:\a \ (|1")]
    public void Everything_else_is_text(string prompt, string parts) => Assert.Equal(parts, Show(prompt));

    [Fact]
    public void Weights_of_1_are_ignored()
    {
        Assert.Equal(WeightedText.Literal("an unable circle"), WeightedText.Parse("an (un:1)able (circle:1.0)"));
        Assert.False(WeightedText.Parse("an (un:1)able circle").HasWeights);
        Assert.True(WeightedText.Parse("a (red:1.1) circle").HasWeights);
        Assert.NotEqual(WeightedText.Parse("a (red:1.1) circle"), WeightedText.Parse("a (red:1.2) circle"));
        Assert.Equal(WeightedText.Parse("a (red:1.1)").GetHashCode(), WeightedText.Parse("a (red:1.10)").GetHashCode());
    }

    [Theory]
    [InlineData("a (red:1.4 circle", 3)]
    [InlineData("a red:1.4) circle", 10)]
    [InlineData("((red:1.4)", 1)]
    public void Unmatched_parenthesis_is_an_error_with_its_position(string prompt, int position)
    {
        var error = Assert.Throws<TinySoraException>(() => WeightedText.Parse(prompt));
        Assert.Equal("TinySora.Generation.UnpairedParenthesis", error.Id);
        Assert.Contains($"character {position} ", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("1,4")]
    [InlineData("1.4.2")]
    [InlineData("12")]
    [InlineData("+1")]
    public void Invalid_weight_is_an_error_that_shows_it(string number)
    {
        var error = Assert.Throws<TinySoraException>(() => WeightedText.Parse($"a (red:{number}) circle"));
        Assert.Equal("TinySora.Generation.BadWeight", error.Id);
        Assert.Contains($"'{number}'", error.Message, StringComparison.Ordinal);
        Assert.Contains("character 3 ", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a (red:1.4) circle")]
    [InlineData(@"\( :) \\( ((")]
    [InlineData(@"\")]
    public void Escaped_caption_is_read_literally(string caption) =>
        Assert.Equal(WeightedText.Literal(caption), WeightedText.Parse(WeightedText.Escape(caption)));

    private static string Show(string? prompt) =>
        string.Join('|', WeightedText.Parse(prompt).Parts.Select(part => FormattableString.Invariant($"{part.Text}|{part.Weight}")));
}
