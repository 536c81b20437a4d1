using TinySora.Engine.Configuration;

namespace TinySora.Engine.Tests.Configuration;

public sealed class NearestNameTests
{
    /// <summary>One edit per three letters is allowed, and always one.</summary>
    [Theory]
    [InlineData("trian", "train")]
    [InlineData("TRAIN", "train")]
    [InlineData("t", "to")]
    [InlineData("xy", null)]
    [InlineData("tarni", null)]
    [InlineData("parametrs", "parameters")]
    [InlineData("parametxyz", "parameters")]
    [InlineData("paramwxyz", null)]
    [InlineData("", null)]
    public void Similar_name_is_found_regardless_of_case(string name, string? nearest) =>
        Assert.Equal(nearest, NearestName.Find(name, ["parameters", "train", "to"]));

    [Fact]
    public void Most_similar_name_wins_and_the_first_of_equally_similar_ones()
    {
        Assert.Equal("sample", NearestName.Find("sampel", ["samples", "sample"]));
        Assert.Equal("cat", NearestName.Find("bat", ["cat", "rat"]));
    }

    [Theory]
    [InlineData("ab", "ba", 1)]
    [InlineData("abc", "cab", 2)]
    [InlineData("abcd", "badc", 2)]
    [InlineData("abc", "", 3)]
    [InlineData("", "", 0)]
    [InlineData("abc", "axc", 1)]
    [InlineData("abc", "abxc", 1)]
    [InlineData("xabc", "abc", 1)]
    [InlineData("ba", "abc", 2)]
    public void Distance_is_symmetric(string a, string b, int distance)
    {
        Assert.Equal(distance, NearestName.Distance(a, b));
        Assert.Equal(distance, NearestName.Distance(b, a));
    }

    /// <summary>A key of the same section wins over an equally similar one in another section.</summary>
    [Theory]
    [InlineData("model", "channel", "model.channels")]
    [InlineData("diffusion", "channel", "diffusion.channels")]
    [InlineData("trainer", "channel", "diffusion.channels")]
    [InlineData("trainer", "familly", null)]
    [InlineData("", "familly", "family")]
    [InlineData("", "trainr", "trainer")]
    [InlineData("model", "trainr", "trainer.train_lr")]
    [InlineData("trainer", "num_steps", "trainer.train_num_steps")]
    [InlineData("", "lr", "trainer.train_lr")]
    public void Key_or_section_is_found(string section, string name, string? nearest) =>
        Assert.Equal(nearest, NearestName.Key(ConfigSchema.For(new RunConfig()), section, name));
}
