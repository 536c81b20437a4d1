using TinySora.Engine.Errors;
using TinySora.Engine.Training.Checkpoints;

namespace TinySora.Engine.Tests.Training.Checkpoints;

public sealed class AdapterInfoTests
{
    [Theory]
    [InlineData("cat", "cat", 1)]
    [InlineData(" cat ", "cat", 1)]
    [InlineData("cat=0.8", "cat", 0.8)]
    [InlineData("cat =-10", "cat", -10)]
    [InlineData("runs/a=b/cat=1e1", "runs/a=b/cat", 10)]
    [InlineData("cat=0", "cat", 0)]
    public void Text_is_a_name_with_an_optional_strength(string text, string name, double strength)
    {
        Assert.Equal((name, strength), AppliedAdapter.Parse(text));
        Assert.Equal((name, strength), AppliedAdapter.Parse(AppliedAdapter.Text(name, strength)));
    }

    [Theory]
    [InlineData("cat=10.01")]
    [InlineData("cat=-11")]
    [InlineData("cat=NaN")]
    [InlineData("cat=")]
    [InlineData("cat=much")]
    [InlineData("cat=0,8")]
    [InlineData("=0.5")]
    public void Other_strength_is_refused_with_its_range(string text)
    {
        var error = Assert.Throws<TinySoraException>(() => AppliedAdapter.Parse(text));
        Assert.Equal(("TinySora.Adapter.BadStrength", text), (error.Id, error.Target));
        Assert.Contains("from -10 to 10", error.Message, StringComparison.Ordinal);
        Assert.False(AppliedAdapter.IsName(text));
    }

    [Fact]
    public void Strength_of_1_is_not_written() =>
        Assert.Equal(["cat", "cat=0.8", "cat=0"], new[] { 1, 0.8, 0 }.Select(strength => AppliedAdapter.Text("cat", strength)));

    [Theory]
    [InlineData("cat", true)]
    [InlineData("my cat-2_b.v1", true)]
    [InlineData("größe", true)]
    [InlineData(null, false)]
    [InlineData("", false)]
    [InlineData(" ", false)]
    [InlineData(" cat", false)]
    [InlineData("cat.", false)]
    [InlineData("..", false)]
    [InlineData("a/b", false)]
    [InlineData("a\\b", false)]
    [InlineData("a:b", false)]
    [InlineData("a*", false)]
    [InlineData("a?", false)]
    [InlineData("a\"b", false)]
    [InlineData("a<b", false)]
    [InlineData("a>b", false)]
    [InlineData("a|b", false)]
    [InlineData("a=b", false)]
    [InlineData("a,b", false)]
    [InlineData("a;b", false)]
    [InlineData("a\nb", false)]
    public void Name_is_a_file_name_without_separators(string? name, bool isName)
    {
        Assert.Equal(isName, AdapterInfo.IsName(name));
        Assert.Equal(isName, Info with { Name = name! } is { IsSound: true });
    }

    [Fact]
    public void Recipe_names_an_adapter_with_or_without_its_strength()
    {
        Assert.True(AppliedAdapter.IsName("cat"));
        Assert.True(AppliedAdapter.IsName("cat=0.5"));
        Assert.False(AppliedAdapter.IsName("../cat=0.5"));
        Assert.False(AppliedAdapter.IsName(null));
    }

    [Fact]
    public void Incomplete_description_is_not_sound()
    {
        Assert.True(Info.IsSound);
        Assert.All(
            [Info with { Base = " " }, Info with { BaseHash = "abc" }, Info with { BaseHash = null! }, Info with { Rank = 0 }, Info with { Words = null! },
                Info with { Words = ["pink", null!] }],
            info => Assert.False(info.IsSound));
    }

    [Fact]
    public void Adapter_is_displayed_with_its_model_and_words()
    {
        Assert.Equal("shapes (adapter cat)", $"{Info}");
        Assert.Equal("runs/films 3 (adapter cat with pink, lime)", $"{Info with { Base = "a/runs/films/step-00000003.safetensors", Words = ["pink", "lime"] }}");
    }

    private static AdapterInfo Info { get; } = new("cat", "models/shapes.safetensors", new string('0', 64), 2, []);
}
