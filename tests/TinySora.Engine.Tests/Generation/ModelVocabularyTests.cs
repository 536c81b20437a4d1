using TinySora.Engine.Data.Fitting;
using TinySora.Engine.Generation;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Files;

namespace TinySora.Engine.Tests.Generation;

public sealed class ModelVocabularyTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    /// <summary>Training draws from all captions of a clip, so a new word may be in any of them.</summary>
    [Fact]
    public void New_words_are_found_in_every_caption_of_a_clip()
    {
        for (var i = 0; i < 8; i++)
        {
            var path = folder.File($"clip{i}.gif");
            ClipFile.Write(path, Clip.Black(1, 4, 4, 3));
            File.WriteAllText(Path.ChangeExtension(path, ".txt"), i == 5 ? "!\nZebra, crossing!" : "!");
        }

        Assert.Equal("crossing zebra", ModelVocabulary.FindNewWords(folder.Path, folder.File("no-model")));
    }

    [Theory]
    [InlineData(null, "")]
    [InlineData(" ,;!", "")]
    [InlineData("A red (Circle:1.4), (growing)", "a red circle growing")]
    [InlineData("a (red circle:0.5", "a red circle 0 5")]
    public void Words_of_a_prompt_are_in_lower_case_and_without_weights(string? prompt, string words) =>
        Assert.Equal(words, string.Join(' ', ModelVocabulary.WordsIn(prompt)));

    /// <summary>If at least one clip in six has a new word, balancing is unnecessary.</summary>
    [Theory]
    [InlineData(7, 1, "zebra")]
    [InlineData(6, 1, null)]
    [InlineData(13, 2, "zebra")]
    [InlineData(12, 2, null)]
    [InlineData(7, 0, null)]
    public void New_words_are_reported_if_they_are_rare(int clips, int withNewWord, string? expected)
    {
        for (var i = 0; i < clips; i++)
        {
            ClipFile.Write(folder.File($"{i}.gif"), Clip.Black(1, 4, 4, 3));
            File.WriteAllText(folder.File($"{i}.txt"), i < withNewWord ? "a red zebra" : "a red circle");
        }

        Assert.Equal(expected, ModelVocabulary.FindNewWords(folder.Path, Model));
    }

    [Fact]
    public void Words_of_a_model_are_those_of_its_captions_in_order_of_frequency()
    {
        var words = ModelVocabulary.Read(Model);
        Assert.Superset(new HashSet<string> { "a", "red", "circle", "growing" }, words.ToHashSet());
        Assert.Equal("a", words[0]);
        Assert.Empty(ModelVocabulary.Read(Repository.At("models", "clips-vae.safetensors"))); // an autoencoder
        Assert.Empty(ModelVocabulary.Read(folder.File("missing.safetensors")));
    }

    [Theory]
    [InlineData("circel", "circle")]
    [InlineData("sqare", "square")]
    [InlineData("zeppelin", null)]
    [InlineData("rde", "red")]
    [InlineData("re", null)] // too short
    [InlineData("🐈", "cat")]
    [InlineData("🚒", null)] // the model does not know both words of "fire truck"
    [InlineData("\u2603", null)] // not a thing of the sprite world
    public void Similar_word_or_the_name_of_an_emoji_is_suggested(string unknown, string? suggested) =>
        Assert.Equal(suggested, ModelVocabulary.Suggest(unknown, ["a", "red", "circle", "square", "cat", "fire"]));

    [Fact]
    public void World_is_recognized_by_its_words()
    {
        Assert.Equal(ClipWorld.Shapes, ModelVocabulary.WorldOf(ModelVocabulary.Read(Model)));
        Assert.Equal(ClipWorld.Sprites, ModelVocabulary.WorldOf(ModelVocabulary.Read(Repository.At("models", "emoji.safetensors"))));
        Assert.Equal(ClipWorld.Other, ModelVocabulary.WorldOf(["a", "man", "walking"]));
        Assert.Equal(ClipWorld.Other, ModelVocabulary.WorldOf(["a", "man", "jumping", "moving", "left", "circle"]));
    }

    private static string Model => Repository.At("models", "shapes-lean.safetensors");
}
