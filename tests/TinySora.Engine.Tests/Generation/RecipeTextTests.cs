using TinySora.Engine.Errors;
using TinySora.Engine.Generation;
using TinySora.Engine.Media.Files;
using TinySora.Engine.Tests.Media;

namespace TinySora.Engine.Tests.Generation;

public sealed class RecipeTextTests : IDisposable
{
    private static readonly Recipe Recipe = new()
    {
        ModelHash = new string('A', 64), Checkpoint = "step-00000400.safetensors", Step = 400, Prompt = "a \"red\" circle, größer; 赤い円",
        NegativePrompt = "blue\n(dark:1.2)", Seed = long.MaxValue, Sampler = "ddim", Steps = 12, Eta = 0.3, GuidanceScale = 0.1 + 0.2,
        From = "a.gif", FromHash = "B", To = "b.gif", ToHash = "C", Mix = 0.25, Noise = 0.5, BatchLength = 4, BatchIndex = 3,
        TinySoraVersion = "0.1.0", LibTorchVersion = "1.13.1", DeviceType = "cpu", Precision = "float32", Threads = 2,
        Processor = "avx2",
    };

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Recipe_is_read_back_exactly_from_its_text()
    {
        var text = RecipeText.Write(Recipe);
        Assert.All(text, c => Assert.InRange(c, ' ', '~'));
        Assert.Equal(Recipe, RecipeText.Parse(text, "x.gif"));
        Assert.Equal(Recipe with { Prompt = null }, RecipeText.Parse(RecipeText.Write(Recipe with { Prompt = null }), "x.gif"));
    }

    [Fact]
    public void Recipe_with_tensor_sources_requests_the_same_video()
    {
        var older = RecipeText.Parse(
            RecipeText.Write(Recipe).Replace("\"libTorchVersion\"", "\"torchFlavor\":\"System\",\"libTorchVersion\"", StringComparison.Ordinal), "x.gif");
        Assert.NotEqual(Recipe, older);
        Assert.True(Recipe.MakesTheSameAs(older));
    }

    [Fact]
    public void Settings_and_vectors_that_were_read_request_the_same_video_as_the_original_ones()
    {
        var given = Recipe with
        {
            Condition = [0.1f, 1, -3e-9f],
            Settings = new(new Dictionary<string, object> { ["Temperature"] = 0.1 + 0.2, ["TopK"] = 5, ["TopP"] = 1.0, ["Small"] = 1e-7, ["Large"] = 1e300, ["Name"] = "größer" }),
        };
        var read = RecipeText.Parse(RecipeText.Write(given), "x.gif");
        Assert.True(given.MakesTheSameAs(read));
        Assert.True(read.MakesTheSameAs(given with { Checkpoint = "elsewhere", Threads = null }));
        Assert.False(given.MakesTheSameAs(read with { Seed = 1 }));
        Assert.False(given.MakesTheSameAs(read with { Condition = [0.1f, 1] }));
        Assert.False(given.MakesTheSameAs(read with { Settings = new(read.Settings!) { ["TopK"] = 6 } }));
        Assert.False(given.MakesTheSameAs(read with { Settings = null }));
    }

    [Fact]
    public void Folders_stay_private()
    {
        var local = Recipe with
        {
            Checkpoint = folder.File("secret", Recipe.Checkpoint), From = folder.File("secret", "a.gif"), To = folder.File("secret", "b.gif"),
        };
        Assert.Equal(RecipeText.Write(Recipe), RecipeText.Write(local));
    }

    [Theory]
    [InlineData("clip.gif", "clip_remade", "gif")]
    [InlineData("clip.mp4", "clip_remade", "mp4")]
    [InlineData("clip.PNG", "clip_remade", "png")]
    public void File_provides_its_recipe_and_a_new_name_of_the_same_format(string name, string outputName, string format)
    {
        if (name.EndsWith(".mp4", StringComparison.Ordinal))
        {
            Needs.FFmpeg();
        }

        ClipFile.Write(folder.File(name), Clips.MovingSquare(format == "png" ? 1 : 4), RecipeText.Write(Recipe));
        var recipe = ClipRecipe.Read(folder.File(name));
        Assert.Equal((folder.File(name), outputName, format), (recipe.Path, recipe.OutputName, recipe.Format));
        Assert.Equal(Recipe, RecipeText.Read(folder.File(name)));
        Assert.Equal((Recipe.Prompt, Recipe.Seed, Recipe.GuidanceScale), (recipe.Prompt, recipe.Seed, recipe.GuidanceScale));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("a red circle")]
    [InlineData("{}")]
    [InlineData("{\"other\":1}")]
    public void Other_comment_is_not_a_recipe(string? comment) => Refused("NoRecipe", comment);

    [Fact]
    public void Newer_version_is_named()
    {
        var error = Refused("NewerRecipe", "{\"tinySoraRecipe\":2,\"somethingNew\":{}}");
        Assert.Matches("x.gif.*version 2", error.Message);
        Assert.Matches("its version is 0", Refused("DamagedRecipe", "{\"tinySoraRecipe\":0}").Message);
    }

    [Theory]
    [InlineData("\"seed\":9223372036854775807", "\"seed\":1,\"color\":\"red\"")] // an unknown key
    [InlineData("\"seed\":9223372036854775807,", "")] // a missing one
    [InlineData("\"seed\":9223372036854775807", "\"seed\":\"1\"")]
    [InlineData("\"seed\":9223372036854775807", "\"seed\":1e99")]
    [InlineData("\"steps\":12", "\"steps\":[[[12]]]")]
    [InlineData("\"sampler\":\"ddim\"", "\"sampler\":\" \"")]
    [InlineData("\"tinySoraRecipe\":1", "\"tinySoraRecipe\":\"1\"")]
    [InlineData("\"step-", "\"../step-")]
    [InlineData("\"step-", "\"C:\\\\step-")]
    [InlineData("\"a.gif\"", "\"/etc/a.gif\"")]
    [InlineData("\"ddim\"", "\"\\u001b[2J\"")]
    [InlineData("\"a ", "\"\\u001b]0;")]
    [InlineData("}", "")]
    [InlineData("}", "} and more")]
    public void Altered_text_is_refused_with_the_name_of_the_file(string part, string replacement)
    {
        var text = RecipeText.Write(Recipe);
        Assert.Contains(part, text, StringComparison.Ordinal);
        Assert.Contains("x.gif", Refused("DamagedRecipe", text.Replace(part, replacement, StringComparison.Ordinal)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"cpu\"", "\" \"", "a required value is empty")]
    [InlineData("\"ddim\"", "\"\"", "a required value is empty")]
    [InlineData("\"avx2\"", "\"\\u0007\"", "a value contains control characters")]
    [InlineData("\"seed\"", "\"settings\":{\"Name\":\"\\u0007\"},\"seed\"", "a value contains control characters")]
    [InlineData("\"seed\"", "\"settings\":{\"\\u0007\":1},\"seed\"", "a value contains control characters")]
    [InlineData("\"b.gif\"", "\"b/c.gif\"", "it contains a path instead of a file name")]
    public void Reason_for_refusing_a_recipe_is_named(string part, string replacement, string reason) => Assert.Contains(
        reason, Refused("DamagedRecipe", RecipeText.Write(Recipe).Replace(part, replacement, StringComparison.Ordinal)).Message, StringComparison.Ordinal);

    [Fact]
    public void Text_of_maximum_length_is_read()
    {
        var length = RecipeText.LongestText - RecipeText.Write(Recipe with { Prompt = "" }).Length;
        var longest = Recipe with { Prompt = new string('a', length) };
        Assert.Equal(longest, RecipeText.Parse(RecipeText.Write(longest), "x.gif"));
        Refused("DamagedRecipe", RecipeText.Write(longest with { Prompt = longest.Prompt + "a" }));
    }

    [Fact]
    public void Control_characters_become_spaces_in_plain_text() => Assert.Equal("a b\tc\nd", RecipeText.Plain("a\u0007b\tc\nd"));

    [Fact]
    public void Oversized_text_is_refused_unread() => Assert.Contains(
        "65536", Refused("DamagedRecipe", RecipeText.Write(Recipe with { Prompt = new string('a', 70_000) })).Message, StringComparison.Ordinal);

    private static TinySoraException Refused(string reason, string? text)
    {
        var error = Assert.Throws<TinySoraException>(() => RecipeText.Parse(text, "x.gif"));
        Assert.Equal("TinySora.Generation." + reason, error.Id);
        return error;
    }
}
